#include <immintrin.h>

#include "scan/scan.h"

namespace tenprint::scan {
namespace {

constexpr int kVectors = kBytes / 4;   // a register holds four bytes of sixteen people

// Sums are kept as wrapped 16-bit sums of neighbouring people (low person + 256 * high person) and
// as the high person's alone; the low person's follow at the end. Saves an operation a register.
struct alignas(64) Sums {
  __m512i both, high;
};

__attribute__((always_inline)) inline void add_plane(const Part& part, std::size_t first_block,
                                                     std::size_t blocks, Sums* sums) {
  const __m512i nibble = _mm512_set1_epi8(15);
  __m512i low[kVectors], high[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    __m128i even[4], odd[4];
    for (int i = 0; i < 4; ++i) {
      const uint8_t* table = part.table + (v * 4 + i) * 32;
      even[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
      odd[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16));
    }
    const auto join = [](const __m128i* q) {
      const __m512i a = _mm512_inserti32x4(_mm512_castsi128_si512(q[0]), q[1], 1);
      return _mm512_inserti32x4(_mm512_inserti32x4(a, q[2], 2), q[3], 3);
    };
    low[v] = join(even);
    high[v] = join(odd);
  }
  const uint8_t* code = part.codes + first_block * kBlockBytes;
  for (std::size_t b = 0; b < blocks; ++b, code += kBlockBytes) {
    // Planes are read in turn: the processor does not see the next chunk of this one coming.
    for (int line = 0; line < kBlockBytes; line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(code + kChunk * kBytes + line), _MM_HINT_T1);
    __m512i both = sums[b].both, upper = sums[b].high;
    for (int v = 0; v < kVectors; ++v) {
      const __m512i c = _mm512_loadu_si512(code + v * 64);
      const __m512i one = _mm512_shuffle_epi8(low[v], _mm512_and_si512(c, nibble));
      const __m512i two =
          _mm512_shuffle_epi8(high[v], _mm512_and_si512(_mm512_srli_epi16(c, 4), nibble));
      const __m512i s = _mm512_add_epi8(one, two);   // at most 254
      both = _mm512_add_epi16(both, s);
      upper = _mm512_add_epi16(upper, _mm512_srli_epi16(s, 8));
    }
    sums[b].both = both;
    sums[b].high = upper;
  }
}

inline __m128i fold(__m512i v) {
  const __m256i half =
      _mm256_add_epi16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

void score(const Query& query, std::size_t first_block, std::size_t blocks, uint16_t* scores) {
  Sums sums[kChunk / kLanes];
  for (std::size_t b = 0; b < blocks; ++b)
    sums[b].both = sums[b].high = _mm512_setzero_si512();
  for (const Part& part : query.parts) add_plane(part, first_block, blocks, sums);
  for (std::size_t b = 0; b < blocks; ++b) {
    const __m128i odd = fold(sums[b].high);
    const __m128i even = _mm_sub_epi16(fold(sums[b].both), _mm_slli_epi16(odd, 8));
    auto* out = reinterpret_cast<__m128i*>(scores + b * kLanes);
    _mm_storeu_si128(out, _mm_unpacklo_epi16(even, odd));
    _mm_storeu_si128(out + 1, _mm_unpackhi_epi16(even, odd));
  }
}

}  // namespace

const Scanner kAvx512 = {score};

}  // namespace tenprint::scan
