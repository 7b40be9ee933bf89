#include <immintrin.h>

#include "scan/scan.h"

namespace tenprint::scan {
namespace {

constexpr int kWide = 64;
typedef __m512i Register;

inline Register zero() { return _mm512_setzero_si512(); }
inline Register load(const uint8_t* from) { return _mm512_loadu_si512(from); }
inline void store(uint8_t* to, Register v) { _mm512_store_si512(to, v); }
inline Register even(Register c) { return _mm512_and_si512(c, _mm512_set1_epi8(15)); }
inline Register odd(Register c) { return even(_mm512_srli_epi16(c, 4)); }
inline Register look_up(Register table, Register at) { return _mm512_shuffle_epi8(table, at); }
inline Register add8(Register a, Register b) { return _mm512_add_epi8(a, b); }
inline Register add16(Register a, Register b) { return _mm512_add_epi16(a, b); }
inline Register upper(Register v) { return _mm512_srli_epi16(v, 8); }

// The tables of four bytes' even (or odd) parts, 32 bytes apart.
inline Register spread(const uint8_t* table) {
  const auto quarter = [&](int i) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 32 * i));
  };
  const Register a = _mm512_inserti32x4(_mm512_castsi128_si512(quarter(0)), quarter(1), 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(a, quarter(2), 2), quarter(3), 3);
}

inline __m128i fold(Register v) {
  const __m256i half =
      _mm256_add_epi16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

#include "scan/scanner.inl"

std::size_t reach(const uint16_t* scores, std::size_t count, uint16_t least, uint16_t* places) {
  const __m256i bound = _mm256_set1_epi16(static_cast<int16_t>(least));
  std::size_t found = 0;
  for (std::size_t at = 0; at < count; at += kLanes) {
    const __m256i own = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(scores + at));
    for (unsigned left = _mm256_cmpge_epu16_mask(own, bound); left; left &= left - 1)
      places[found++] = static_cast<uint16_t>(at + static_cast<unsigned>(__builtin_ctz(left)));
  }
  return found;
}

}  // namespace

const Scanner kAvx512 = {sizeof(Sums) * kTileBlocks, score, reach};

}  // namespace tenprint::scan
