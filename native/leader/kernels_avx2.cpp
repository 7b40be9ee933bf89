// The kernels in AVX2 with fused multiply-add.
#include <immintrin.h>

#include "leader/kernels.h"

namespace tenprint::leader {
namespace {

using V = __m256;
constexpr int kWidth = 8;
constexpr int kVectors = 2;
constexpr bool kBfloat16 = false;

inline V load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, V v) { _mm256_storeu_ps(p, v); }
inline V set(float f) { return _mm256_set1_ps(f); }
inline V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
inline V min(V a, V b) { return _mm256_min_ps(a, b); }
inline V max(V a, V b) { return _mm256_max_ps(a, b); }
inline V root(V a) { return _mm256_sqrt_ps(a); }
// 2 to the whole number n.
inline V power2(V n) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
inline V dot(V sum, V a, V b) { return fma(a, b, sum); }
inline V pair(V a, V) { return a; }

}  // namespace
}  // namespace tenprint::leader

#include "leader/kernels_impl.h"

const tenprint::leader::Kernels& tenprint::leader::avx2_kernels() { return kTable; }
