// The kernels in GCC's generic vectors of four floats: SSE2, NEON or whatever the compiler has.
#include "leader/kernels.h"

namespace tenprint::leader {
namespace {

using V = float __attribute__((vector_size(16)));
using I = int __attribute__((vector_size(16)));
constexpr int kWidth = 4;
constexpr int kVectors = 2;
constexpr bool kBfloat16 = false;

inline V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, V v) { __builtin_memcpy(p, &v, sizeof v); }
inline V set(float f) { return V{f, f, f, f}; }
inline V fma(V a, V b, V c) { return a * b + c; }
inline V min(V a, V b) { return a < b ? a : b; }
inline V max(V a, V b) { return a > b ? a : b; }
inline V root(V a) {
  for (int i = 0; i < kWidth; i++) a[i] = __builtin_sqrtf(a[i]);
  return a;
}
// 2 to the whole number n.
inline V power2(V n) {
  const I bits = (__builtin_convertvector(n, I) + 127) << 23;
  V v;
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}
inline V dot(V sum, V a, V b) { return fma(a, b, sum); }
inline V pair(V a, V) { return a; }

}  // namespace
}  // namespace tenprint::leader

#include "leader/kernels_impl.h"

const tenprint::leader::Kernels& tenprint::leader::portable_kernels() { return kTable; }
