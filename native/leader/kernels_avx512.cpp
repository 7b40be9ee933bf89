// The kernels in AVX-512, float32 throughout.
#include "leader/vector_avx512.h"

namespace tenprint::leader {
namespace {

constexpr bool kBfloat16 = false;
inline V dot(V sum, V a, V b) { return fma(a, b, sum); }
inline V pair(V a, V) { return a; }

}  // namespace
}  // namespace tenprint::leader

#include "leader/kernels_impl.h"

const tenprint::leader::Kernels& tenprint::leader::avx512_kernels() { return kTable; }
