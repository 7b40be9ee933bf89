#include <immintrin.h>

#include "scan/scan.h"

namespace tenprint::scan {
namespace {

constexpr int kWide = 32;
typedef __m256i Register;

inline Register zero() { return _mm256_setzero_si256(); }
inline Register load(const uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
inline void store(uint8_t* to, Register v) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(to), v);
}
inline Register even(Register c) { return _mm256_and_si256(c, _mm256_set1_epi8(15)); }
inline Register odd(Register c) { return even(_mm256_srli_epi16(c, 4)); }
inline Register look_up(Register table, Register at) { return _mm256_shuffle_epi8(table, at); }
inline Register add8(Register a, Register b) { return _mm256_add_epi8(a, b); }
inline Register add16(Register a, Register b) { return _mm256_add_epi16(a, b); }
inline Register upper(Register v) { return _mm256_srli_epi16(v, 8); }

// The tables of two bytes' even (or odd) parts, 32 bytes apart.
inline Register spread(const uint8_t* table) {
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table))),
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 32)), 1);
}

inline __m128i fold(Register v) {
  return _mm_add_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

#include "scan/scanner.inl"

std::size_t reach(const uint16_t* scores, std::size_t count, uint16_t least, uint16_t* places) {
  const __m256i bound = _mm256_set1_epi16(static_cast<int16_t>(least));
  std::size_t found = 0;
  for (std::size_t at = 0; at < count; at += kLanes) {
    const __m256i own = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(scores + at));
    const __m256i enough = _mm256_cmpeq_epi16(_mm256_max_epu16(own, bound), own);
    // Two bits a person.
    for (unsigned left = static_cast<unsigned>(_mm256_movemask_epi8(enough)); left;) {
      const auto bit = static_cast<unsigned>(__builtin_ctz(left));
      places[found++] = static_cast<uint16_t>(at + bit / 2);
      left &= ~(3u << bit);
    }
  }
  return found;
}

}  // namespace

const Scanner kAvx2 = {sizeof(Sums) * kTileBlocks, score, reach};

}  // namespace tenprint::scan
