// Vectors of 16 floats, for the two AVX-512 translation units.
#pragma once
#include <immintrin.h>

#include "leader/kernels.h"

namespace tenprint::leader {
namespace {

using V = __m512;
constexpr int kWidth = 16;
constexpr int kVectors = 4;

inline V load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, V v) { _mm512_storeu_ps(p, v); }
inline V set(float f) { return _mm512_set1_ps(f); }
inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
inline V min(V a, V b) { return _mm512_min_ps(a, b); }
inline V max(V a, V b) { return _mm512_max_ps(a, b); }
inline V root(V a) { return _mm512_sqrt_ps(a); }
// 2 to the whole number n.
inline V power2(V n) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}

}  // namespace
}  // namespace tenprint::leader
