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

bool better(Ranked a, Ranked b) { return a.value > b.value; }

// The best k so far of one query, in one thread. Rows come in any order of tiles.
class Best {
 public:
  explicit Best(std::size_t k) : k_(k), room_(std::max<std::size_t>(2 * k, 1024)) {}

  // Scores of rows first .. first + count, filled up to a whole block.
  void offer(const Scanner& by, const uint16_t* scores, std::size_t first, std::size_t count,
             const Filter& filter) {
    // Hardly any is good enough. Ties are kept, their rows decide later.
    uint16_t places[kTile];
    const std::size_t blocks = (count + kLanes - 1) / kLanes;
    const std::size_t found = by.reach(scores, blocks * kLanes, least_, places);
    for (std::size_t f = 0; f < found; ++f) {
      const std::size_t at = places[f], row = first + at;
      if (at >= count || scores[at] < least_) continue;
      if (filter.membership && !(filter.membership[row] & filter.galleries)) continue;
      if (filter.status && !(filter.statuses >> (filter.status[row] & 31) & 1)) continue;
      hits_.push_back(Ranked::of(row, scores[at]));
      if (hits_.size() == room_) shrink();
    }
  }
  void shrink() {
    if (hits_.size() <= k_) return;
    std::nth_element(hits_.begin(), hits_.begin() + static_cast<std::ptrdiff_t>(k_) - 1,
                     hits_.end(), better);
    hits_.resize(k_);
    least_ = hits_.back().score();
  }
  std::vector<Ranked>& hits() { return hits_; }

 private:
  std::size_t k_, room_;
  uint16_t least_ = 0;
  std::vector<Ranked> hits_;
};

// The planes that are read of everybody, each once, in the order in which queries name them.
std::vector<Sheet> sheets_of(const std::vector<Query>& queries) {
  std::vector<Sheet> sheets;
  for (std::size_t q = 0; q < queries.size(); ++q)
    for (std::size_t p = 0; p < queries[q].first; ++p) {
      const Part& part = queries[q].parts[p];
      auto known = std::find_if(sheets.begin(), sheets.end(),
                                [&](const Sheet& sheet) { return sheet.codes == part.codes; });
      if (known == sheets.end()) known = sheets.insert(known, {part.codes, {}});
      known->readers.push_back({q, part.table});
    }
  return sheets;
}

unsigned look_up(const Part& part, std::size_t row) {
  const uint8_t* code = part.codes + row / kLanes * kBlockBytes + row % kLanes;
  unsigned sum = 0;
  for (int byte = 0; byte < kBytes; ++byte, code += kLanes)
    sum += part.table[byte * 32 + (*code & 15)] + part.table[byte * 32 + 16 + (*code >> 4)];
  return sum;
}

// Adds what the parts say that were not read of everybody.
void complete(const Query& query, Ranked* hits, std::size_t count) {
  constexpr std::size_t kAhead = 8;   // people whose codes are on their way from memory
  const auto ask = [&](std::size_t row) {
    for (std::size_t p = query.first; p < query.parts.size(); ++p)
      for (int line = 0; line < kBlockBytes; line += 64)
        __builtin_prefetch(query.parts[p].codes + row / kLanes * kBlockBytes + line);
  };
  for (std::size_t h = 0; h < std::min(kAhead, count); ++h) ask(hits[h].row());
  for (std::size_t h = 0; h < count; ++h) {
    if (h + kAhead < count) ask(hits[h + kAhead].row());
    const std::size_t row = hits[h].row();
    unsigned sum = hits[h].score();
    for (std::size_t p = query.first; p < query.parts.size(); ++p)
      sum += look_up(query.parts[p], row);
    hits[h] = Ranked::of(row, static_cast<uint16_t>(sum));
  }
}

// Runs work(0) .. work(count - 1) on several threads.
template <typename Work>
void share(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t n; (n = next.fetch_add(1)) < count;) work(n);
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < std::min(threads, count); ++t) others.emplace_back(run);
  run();
  for (auto& other : others) other.join();
}

// What all threads found of one query, the best first.
std::vector<Hit> settle(const Query& query, std::vector<Ranked> hits) {
  const auto cut = [&](std::size_t most) {
    if (hits.size() <= most) return;
    std::nth_element(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(most), hits.end(),
                     better);
    hits.resize(most);
  };
  if (query.first < query.parts.size()) {
    cut(query.keep);
    // By row, so that memory is read in one direction.
    std::sort(hits.begin(), hits.end(), [](Ranked a, Ranked b) { return a.row() < b.row(); });
    complete(query, hits.data(), hits.size());
  }
  cut(query.k);
  std::sort(hits.begin(), hits.end(), better);
  std::vector<Hit> found;
  found.reserve(hits.size());
  for (const Ranked hit : hits) found.push_back({static_cast<int64_t>(hit.row()), hit.score()});
  return found;
}

// Memory for a thread's inner loops, aligned to 64 bytes.
class Room {
 public:
  explicit Room(std::size_t size) : bytes_(new uint8_t[size + 64]) {}
  uint8_t* data() const {
    return bytes_.get() + (64 - reinterpret_cast<std::uintptr_t>(bytes_.get()) % 64);
  }

 private:
  std::unique_ptr<uint8_t[]> bytes_;
};

}  // namespace

std::vector<std::vector<Hit>> scan(const std::vector<Query>& queries, std::size_t rows,
                                   const Filter& filter, int threads) {
  const std::vector<Sheet> sheets = sheets_of(queries);
  // Threads take long strips, so that each reads far ahead in every plane.
  constexpr std::size_t kStrip = kTile * 512;
  const std::size_t strips = (rows + kStrip - 1) / kStrip;
  const std::size_t wanted = std::max<std::size_t>(1, std::min<std::size_t>(threads, strips));
  std::vector<std::vector<Best>> best(wanted);
  for (auto& own : best)
    for (const Query& query : queries)
      own.emplace_back(query.first < query.parts.size() ? query.keep : query.k);
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t own) {
    const Scanner& by = scanner();
    const Room room(by.room * queries.size());
    std::vector<uint16_t> scores(queries.size() * kTile);
    for (std::size_t start; (start = next.fetch_add(1)) < strips;) {
      const std::size_t end = std::min((start + 1) * kStrip, rows);
      for (std::size_t first = start * kStrip; first < end; first += kTile) {
        const std::size_t count = std::min(kTile, end - first), block = first / kLanes;
        const std::size_t blocks = (count + kLanes - 1) / kLanes;
        by.score(sheets, queries.size(), block, blocks, room.data(), scores.data());
        for (std::size_t q = 0; q < queries.size(); ++q)
          best[own][q].offer(by, scores.data() + q * kTile, first, count, filter);
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < wanted; ++t) others.emplace_back(run, t);
  run(0);
  for (auto& other : others) other.join();
  std::vector<std::vector<Hit>> found(queries.size());
  share(queries.size(), static_cast<std::size_t>(threads), [&](std::size_t q) {
    std::vector<Ranked> hits;
    for (auto& own : best)
      hits.insert(hits.end(), own[q].hits().begin(), own[q].hits().end());
    found[q] = settle(queries[q], std::move(hits));
  });
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
