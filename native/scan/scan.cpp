#include "scan/scan.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "cpu/cpu.h"

namespace tenprint::scan {

const Scanner& scanner() {
#if defined(__x86_64__)
  if (level() == Level::avx512) return kAvx512;
  if (level() == Level::avx2) return kAvx2;
#endif
  return kPortable;
}

namespace {

bool better(const Hit& a, const Hit& b) {
  return a.score > b.score || (a.score == b.score && a.row < b.row);
}

// The best k so far of one query, in one thread. Rows come in any order of chunks.
class Best {
 public:
  explicit Best(std::size_t k) : k_(k), room_(std::max<std::size_t>(2 * k, 1024)) {}

  void offer(const uint16_t* scores, std::size_t first, std::size_t count, const Filter& filter) {
    for (std::size_t at = 0; at < count; at += kLanes) {
      // Sixteen at a time: hardly any is good enough. Ties are kept, their rows decide later.
      const std::size_t n = std::min<std::size_t>(kLanes, count - at);
      uint16_t high = 0;
      for (std::size_t l = 0; l < n; ++l) high = std::max(high, scores[at + l]);
      if (high < least_) continue;
      for (std::size_t l = 0; l < n; ++l) {
        if (scores[at + l] < least_) continue;
        const std::size_t row = first + at + l;
        if (filter.membership && !(filter.membership[row] & filter.galleries)) continue;
        if (filter.status && !(filter.statuses >> (filter.status[row] & 31) & 1)) continue;
        hits_.push_back({static_cast<int64_t>(row), scores[at + l]});
        if (hits_.size() == room_) shrink();
      }
    }
  }
  void shrink() {
    if (hits_.size() <= k_) return;
    std::nth_element(hits_.begin(), hits_.begin() + static_cast<std::ptrdiff_t>(k_) - 1,
                     hits_.end(), better);
    hits_.resize(k_);
    least_ = hits_.back().score;
  }
  std::vector<Hit>& hits() { return hits_; }

 private:
  std::size_t k_, room_;
  uint16_t least_ = 0;
  std::vector<Hit> hits_;
};

}  // namespace

std::vector<std::vector<Hit>> scan(const std::vector<Query>& queries, std::size_t rows,
                                   std::size_t k, const Filter& filter, int threads) {
  const std::size_t chunks = (rows + kChunk - 1) / kChunk;
  const std::size_t wanted = std::max<std::size_t>(1, std::min<std::size_t>(threads, chunks));
  std::vector<std::vector<Best>> best(wanted, std::vector<Best>(queries.size(), Best(k)));
  // Threads take long strips, so that each reads far ahead in every plane.
  constexpr std::size_t kStrip = 64;
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t own) {
    alignas(64) uint16_t scores[kChunk];
    const Scanner& by = scanner();
    for (;;) {
      const std::size_t start = next.fetch_add(kStrip);
      if (start >= chunks) return;
      for (std::size_t c = start; c < std::min(start + kStrip, chunks); ++c) {
        const std::size_t first = c * kChunk, count = std::min(kChunk, rows - first);
        for (std::size_t q = 0; q < queries.size(); ++q) {
          by.score(queries[q], first / kLanes, (count + kLanes - 1) / kLanes, scores);
          best[own][q].offer(scores, first, count, filter);
        }
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < wanted; ++t) others.emplace_back(run, t);
  run(0);
  for (auto& other : others) other.join();
  std::vector<std::vector<Hit>> found(queries.size());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (auto& own : best) {
      auto& hits = own[q].hits();
      found[q].insert(found[q].end(), hits.begin(), hits.end());
    }
    std::sort(found[q].begin(), found[q].end(), better);
    if (found[q].size() > k) found[q].resize(k);
  }
  return found;
}

uint64_t read_memory(const uint8_t* data, std::size_t size, int threads) {
  typedef uint64_t Words __attribute__((vector_size(64), may_alias, aligned(1)));
  constexpr std::size_t kStrip = 1 << 22;
  const std::size_t strips = size / kStrip;
  std::atomic<std::size_t> next{0};
  std::atomic<uint64_t> total{0};
  const auto run = [&] {
    Words sum[4] = {};
    for (std::size_t s; (s = next.fetch_add(1)) < strips;) {
      const uint8_t* from = data + s * kStrip;
      for (std::size_t at = 0; at < kStrip; at += 256)
        for (int v = 0; v < 4; ++v) sum[v] += *reinterpret_cast<const Words*>(from + at + v * 64);
    }
    const Words all = sum[0] + sum[1] + sum[2] + sum[3];
    uint64_t own = 0;
    for (int l = 0; l < 8; ++l) own += all[l];
    total += own;
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(run);
  run();
  for (auto& other : others) other.join();
  return total;
}

}  // namespace tenprint::scan
