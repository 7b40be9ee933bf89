// The kernels in AVX-512 with the large matrix products in bfloat16, summed in float32.
#include "leader/vector_avx512.h"

namespace tenprint::leader {
namespace {

constexpr bool kBfloat16 = true;

// sum + a.low * b.low + a.high * b.high, every lane a pair of bfloat16.
inline V dot(V sum, V a, V b) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}

// Two floats a lane as a pair of bfloat16, `low` in the low half; rounded to nearest.
inline V pair(V low, V high) {
  const __m512i half = _mm512_set1_epi32(0x8000);
  const __m512i a = _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(low), half), 16);
  const __m512i b = _mm512_add_epi32(_mm512_castps_si512(high), half);
  return _mm512_castsi512_ps(_mm512_mask_blend_epi16(0xAAAAAAAA, a, b));
}

}  // namespace
}  // namespace tenprint::leader

#include "leader/kernels_impl.h"

const tenprint::leader::Kernels& tenprint::leader::avx512bf16_kernels() { return kTable; }
