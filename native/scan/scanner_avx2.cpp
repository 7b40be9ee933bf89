#include <immintrin.h>

#include "scan/scan.h"

namespace tenprint::scan {
namespace {

constexpr int kVectors = kBytes / 2;   // a register holds two bytes of sixteen people

// As in scanner_avx512.cpp, in registers of half the width.
struct alignas(32) Sums {
  __m256i both, high;
};

inline __m256i join(const uint8_t* one, const uint8_t* two) {
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(one))),
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(two)), 1);
}

void add_plane(const Part& part, std::size_t first_block, std::size_t blocks, Sums* sums) {
  const __m256i nibble = _mm256_set1_epi8(15);
  __m256i low[kVectors], high[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const uint8_t* table = part.table + v * 64;
    low[v] = join(table, table + 32);
    high[v] = join(table + 16, table + 48);
  }
  const uint8_t* code = part.codes + first_block * kBlockBytes;
  for (std::size_t b = 0; b < blocks; ++b, code += kBlockBytes) {
    for (int line = 0; line < kBlockBytes; line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(code + kChunk * kBytes + line), _MM_HINT_T1);
    __m256i both = sums[b].both, upper = sums[b].high;
    for (int v = 0; v < kVectors; ++v) {
      const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(code + v * 32));
      const __m256i one = _mm256_shuffle_epi8(low[v], _mm256_and_si256(c, nibble));
      const __m256i two =
          _mm256_shuffle_epi8(high[v], _mm256_and_si256(_mm256_srli_epi16(c, 4), nibble));
      const __m256i s = _mm256_add_epi8(one, two);   // at most 254
      both = _mm256_add_epi16(both, s);
      upper = _mm256_add_epi16(upper, _mm256_srli_epi16(s, 8));
    }
    sums[b].both = both;
    sums[b].high = upper;
  }
}

inline __m128i fold(__m256i v) {
  return _mm_add_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

void score(const Query& query, std::size_t first_block, std::size_t blocks, uint16_t* scores) {
  Sums sums[kChunk / kLanes];
  for (std::size_t b = 0; b < blocks; ++b)
    sums[b].both = sums[b].high = _mm256_setzero_si256();
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

const Scanner kAvx2 = {score};

}  // namespace tenprint::scan
