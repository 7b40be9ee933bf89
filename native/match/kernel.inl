// The body of the descriptors and of both looks. Included once by each
// kernel_*.cpp, which names the instruction set;
// everything is in an anonymous namespace so that no code leaks from one set to another.
#include <algorithm>
#include <cmath>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "match/cylinder.h"
#include "match/kernel.h"

namespace tenprint::match {
namespace {

// A register holds kWide of a block's sixteen lanes. Results do not depend on it.
#if defined(__AVX512F__)
constexpr int kWide = 16;
#elif defined(__AVX2__)
constexpr int kWide = 8;
#else
constexpr int kWide = 4;
#endif
constexpr int kParts = kLanes / kWide;
typedef float vf __attribute__((vector_size(4 * kWide), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * kWide), may_alias));
typedef uint32_t vu __attribute__((vector_size(4 * kWide), may_alias));

constexpr int kWidestRotation = 48;      // 67 degrees either way between two prints
constexpr int kRotationSpread = 20;      // between two pairs of one alignment (28 degrees)
constexpr float kBaseTolerance2 = 49.0f; // squared pixels between two pairs close together ...
constexpr float kStretch2 = 0.03f;       // ... and growing with their distance (skin stretches)
constexpr int kRounds = 4;               // power iterations

inline vf load(const float* p) { return *reinterpret_cast<const vf*>(p); }
inline vi load(const int32_t* p) { return *reinterpret_cast<const vi*>(p); }
inline void store(float* p, vf v) { *reinterpret_cast<vf*>(p) = v; }
inline void store(int32_t* p, vi v) { *reinterpret_cast<vi*>(p) = v; }
inline vf splat(float v) { return v - vf{}; }
inline vi splat(int32_t v) { return v - vi{}; }
alignas(64) constexpr int32_t kCount[kLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
inline vi lanes() { return load(kCount); }

inline int highest(vi v) {
  for (int step = kWide / 2; step > 0; step /= 2) {
    const vi other = __builtin_shuffle(v, lanes() ^ step);
    v = v > other ? v : other;
  }
  return v[0];
}

// How many descriptor bits the lanes of a block, from `lane` on, share with one probe minutia.
inline vi shared_bits(const Block& block, int lane, const uint32_t* words) {
#if defined(__AVX512VPOPCNTDQ__)
  __m512i sum = _mm512_setzero_si512();
  for (int w = 0; w < kWords; ++w)
    sum = _mm512_add_epi32(
        sum, _mm512_popcnt_epi32(_mm512_and_si512(_mm512_load_si512(block.bits[w] + lane),
                                                  _mm512_set1_epi32(static_cast<int>(words[w])))));
  return reinterpret_cast<vi>(sum);
#elif defined(__AVX2__)
  // A nibble table; byte sums reach at most 80, then four bytes are added a lane.
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  __m256i sum = _mm256_setzero_si256();
  for (int w = 0; w < kWords; ++w) {
    const __m256i v = _mm256_and_si256(
        _mm256_load_si256(reinterpret_cast<const __m256i*>(block.bits[w] + lane)),
        _mm256_set1_epi32(static_cast<int>(words[w])));
    sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, _mm256_and_si256(v, low)));
    sum = _mm256_add_epi8(
        sum, _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi32(v, 4), low)));
  }
  const __m256i pairs = _mm256_maddubs_epi16(sum, _mm256_set1_epi8(1));
  return reinterpret_cast<vi>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#else
  vu sum = {};
  for (int w = 0; w < kWords; ++w) {
    vu v = *reinterpret_cast<const vu*>(block.bits[w] + lane) & words[w];
    v = v - ((v >> 1) & 0x55555555u);
    v = (v & 0x33333333u) + ((v >> 2) & 0x33333333u);
    sum += (v + (v >> 4)) & 0x0f0f0f0fu;
  }
  sum = (sum & 0x00ff00ffu) + ((sum >> 8) & 0x00ff00ffu);
  return __builtin_convertvector((sum + (sum >> 16)) & 0xffffu, vi);
#endif
}

inline float similarity(const Block& a, int la, const Block& b, int lb) {
  int shared = 0;
  for (int w = 0; w < kWords; ++w) shared += __builtin_popcount(a.bits[w][la] & b.bits[w][lb]);
  return static_cast<float>(2 * shared) / (a.ones[la] + b.ones[lb]);
}

// Whether block b, whose angles ascend, can hold a direction within `reach` of `angle`.
inline bool in_reach(const Prepared& candidate, int b, int angle, int reach) {
  const int last = b + 1 == candidate.blocks() ? (candidate.count() - 1) % kLanes : kLanes - 1;
  const int from = candidate.data()[b].angle[0], to = candidate.data()[b].angle[last];
  if (angle >= from && angle <= to) return true;
  return ((from - angle) & (kTurn - 1)) <= reach || ((angle - to) & (kTurn - 1)) <= reach;
}

// For each row of the probe the most similar candidate minutia, as similarity * 65535 << 8 | position.
inline void best_rows(const Prepared& probe, const Prepared& candidate, int32_t* keys) {
  const int blocks = candidate.blocks();
  for (int row = 0; row < probe.row_count(); ++row) {
    const int i = probe.rows()[row];
    const Block& own = probe.data()[i / kLanes];
    const int lane = i % kLanes, angle = own.angle[lane];
    uint32_t words[kWords];
    for (int w = 0; w < kWords; ++w) words[w] = own.bits[w][lane];
    const vf ones = splat(own.ones[lane]);
    vi best = {};
    for (int b = 0; b < blocks; ++b) {
      const Block& block = candidate.data()[b];
      if (!in_reach(candidate, b, angle, kWidestRotation)) continue;
      for (int l = 0; l < kLanes; l += kWide) {
        const vf twice = __builtin_convertvector(shared_bits(block, l, words) * 2, vf);
        const vf alike = twice / (ones + load(block.ones + l));
        vi key = (__builtin_convertvector(alike * 65535.0f, vi) << 8) | (lanes() + (b * kLanes + l));
        const vi away = (load(block.angle + l) - (angle - kWidestRotation)) & (kTurn - 1);
        key = away <= 2 * kWidestRotation ? key : vi{};
        best = best > key ? best : key;
      }
    }
    keys[row] = highest(best);
  }
}

// The pairs that vote: each row with its best candidate. Returns how many.
inline int take_pairs(const Prepared& probe, const Prepared& candidate, const int32_t* keys,
                      Workspace& work) {
  int count = 0;
  for (int row = 0; row < probe.row_count(); ++row) {
    if (keys[row] < 256) continue;
    const int i = probe.rows()[row], j = keys[row] & 255;
    work.probe[count] = i;
    work.candidate[count] = j;
    work.strength[count] = static_cast<float>(keys[row] >> 8) * (1.0f / 65535.0f);
    work.rotation[count] = (candidate.data()[j / kLanes].angle[j % kLanes] -
                            probe.data()[i / kLanes].angle[i % kLanes]) &
                           (kTurn - 1);
    ++count;
  }
  return count;
}

// Spectral matching (Leordeanu & Hebert 2005): pairs that agree in rotation and in relative place
// support each other; the principal eigenvector says which belong together.
void agree(const Prepared& probe, const Prepared& candidate, Workspace& work) {
  work.eigenvalue = work.typical = 0;
  work.pairs = 0;
  if (probe.count() < 2 || candidate.count() < 2) return;
  int32_t keys[kPairs];
  best_rows(probe, candidate, keys);
  const int count = take_pairs(probe, candidate, keys, work);
  work.pairs = count;
  for (int p = 0; p < count; ++p) work.typical += work.strength[p];
  work.typical /= static_cast<float>(probe.row_count());
  if (count < 2) return;

  alignas(64) float ax[kPairs], ay[kPairs], bx[kPairs], by[kPairs];
  for (int p = 0; p < kPairs; ++p) {
    if (p >= count) {
      ax[p] = ay[p] = bx[p] = by[p] = work.strength[p] = 0;
      work.candidate[p] = work.probe[p] = -1;
      work.rotation[p] = 0;
      continue;
    }
    const int i = work.probe[p], j = work.candidate[p];
    ax[p] = probe.data()[i / kLanes].x[i % kLanes];
    ay[p] = probe.data()[i / kLanes].y[i % kLanes];
    bx[p] = candidate.data()[j / kLanes].x[j % kLanes];
    by[p] = candidate.data()[j / kLanes].y[j % kLanes];
  }
  const int vectors = (count + kWide - 1) / kWide;
  vf vote[kPairs / kWide], next[kPairs / kWide];
  for (int v = 0; v < vectors; ++v) vote[v] = load(work.strength + v * kWide);
  for (int p = 0; p < count; ++p) {
    const float cosine = kCos[work.rotation[p]], sine = kSin[work.rotation[p]];
    for (int v = 0; v < vectors; ++v) {
      const int at = v * kWide;
      const vi turn = ((load(work.rotation + at) - work.rotation[p] + 128) & 255) - 128;
      const vf turned = __builtin_convertvector(turn, vf);
      // Turned by the mean of both rotations; series are exact enough for half of 28 degrees.
      const vf half = turned * 0.01227184630f;
      const vf square = half * half;
      const vf small_c = 1.0f - square * 0.5f, small_s = half * (1.0f - square * 0.16666667f);
      const vf c = cosine * small_c - sine * small_s, s = sine * small_c + cosine * small_s;
      const vf dx = load(ax + at) - ax[p], dy = load(ay + at) - ay[p];
      const vf ex = c * dx + s * dy - (load(bx + at) - bx[p]);
      const vf ey = c * dy - s * dx - (load(by + at) - by[p]);
      const vf off = (ex * ex + ey * ey) / (kBaseTolerance2 + kStretch2 * (dx * dx + dy * dy));
      const vf fit = (1.0f - off) * (1.0f - turned * turned * (1.0f / (kRotationSpread * kRotationSpread + 1)));
      const vi usable = (off < 1.0f) & (turn <= kRotationSpread) & (turn >= -kRotationSpread) &
                        (load(work.candidate + at) != work.candidate[p]);
      store(work.compatible[p] + at, usable ? fit : vf{});
    }
  }
  float before = 0, after = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int v = 0; v < vectors; ++v) {
      store(work.vote + v * kWide, vote[v]);
      next[v] = vf{};
    }
    for (int p = 0; p < count; ++p)
      for (int v = 0; v < vectors; ++v) next[v] += work.vote[p] * load(work.compatible[p] + v * kWide);
    // Sixteen sums, whatever the registers, so that rounding is the same everywhere.
    vf squares[kParts] = {};
    for (int v = 0; v < vectors; ++v) {
      vote[v] = next[v] * load(work.strength + v * kWide);
      squares[v % kParts] += vote[v] * vote[v];
    }
    before = after;
    after = 0;
    for (int l = 0; l < kLanes; ++l) after += squares[l / kWide][l % kWide];
  }
  for (int v = 0; v < vectors; ++v) store(work.vote + v * kWide, vote[v]);
  work.eigenvalue = before > 0 ? __builtin_sqrtf(after / before) : 0;
}

#include "match/align.inl"
#include "match/describe.inl"

}  // namespace

#define TENPRINT_KERNEL {describe, agree, align}
}  // namespace tenprint::match
