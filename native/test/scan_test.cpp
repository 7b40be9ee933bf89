// The scan in buffers of exactly their size, at every instruction set and on several threads,
// against sums made person by person.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "cpu/cpu.h"
#include "scan/scan.h"

using namespace tenprint;
using namespace tenprint::scan;

namespace {

void demand(bool kept, const char* what) {
  if (kept) return;
  std::printf("%s\n", what);
  std::exit(EXIT_FAILURE);
}

// Exactly as many bytes as are needed, so that the sanitiser sees a read past the end.
std::unique_ptr<uint8_t[]> random_bytes(std::mt19937& random, std::size_t size, unsigned limit) {
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
  for (std::size_t k = 0; k < size; ++k) bytes[k] = static_cast<uint8_t>(random() % limit);
  return bytes;
}

unsigned slow_score(const Query& query, std::size_t row) {
  unsigned sum = 0;
  for (const Part& part : query.parts)
    for (int byte = 0; byte < kBytes; ++byte) {
      const uint8_t code = part.codes[row / kLanes * kBlockBytes + byte * kLanes + row % kLanes];
      sum += part.table[byte * 32 + (code & 15)] + part.table[byte * 32 + 16 + (code >> 4)];
    }
  return sum;
}

std::vector<Hit> slow_scan(const Query& query, std::size_t rows, std::size_t k,
                           const Filter& filter) {
  std::vector<Hit> found;
  for (std::size_t row = 0; row < rows; ++row) {
    if (filter.membership && !(filter.membership[row] & filter.galleries)) continue;
    if (filter.status && !(filter.statuses >> filter.status[row] & 1)) continue;
    found.push_back({static_cast<int64_t>(row), static_cast<uint16_t>(slow_score(query, row))});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (found.size() > k) found.resize(k);
  return found;
}

bool same(const std::vector<Hit>& a, const std::vector<Hit>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Hit& one, const Hit& other) {
    return one.row == other.row && one.score == other.score;
  });
}

void check(std::mt19937& random, std::size_t rows, std::size_t k, unsigned limit) {
  const std::size_t size = (rows + kLanes - 1) / kLanes * kBlockBytes;
  std::vector<std::unique_ptr<uint8_t[]>> planes, tables;
  std::vector<Query> queries(3);
  for (int p = 0; p < 2; ++p) planes.push_back(random_bytes(random, size, 256));
  for (std::size_t q = 0; q < queries.size(); ++q)
    for (std::size_t p = 0; p <= q; ++p) {
      tables.push_back(random_bytes(random, kTableBytes, limit));
      queries[q].parts.push_back({planes[p % 2].get(), tables.back().get()});
    }
  const auto status = random_bytes(random, rows, 4);
  std::unique_ptr<uint32_t[]> membership(new uint32_t[rows]);
  for (std::size_t row = 0; row < rows; ++row) membership[row] = 1u << random() % 3;
  const Filter filters[] = {{nullptr, nullptr, 0, 0},
                            {membership.get(), status.get(), 5, 3},
                            {membership.get(), nullptr, 0, 0},
                            {nullptr, status.get(), 0, 8}};
  const std::size_t most[] = {k, k + 3, 2 * k};
  for (std::size_t q = 0; q < queries.size(); ++q) {
    queries[q].k = most[q];
    queries[q].first = queries[q].parts.size();
  }
  // The last one reads one plane of everybody, the others of the best.
  Query head = queries.back();
  queries.back().first = 1;
  queries.back().keep = 3 * k;
  head.parts.resize(1);
  for (const Filter& filter : filters)
    for (int l = static_cast<int>(best_level()); l >= 0; --l) {
      set_level(static_cast<Level>(l));
      for (const int threads : {1, 2, 5}) {
        const auto found = scan::scan(queries, rows, filter, threads);
        for (std::size_t q = 0; q + 1 < queries.size(); ++q)
          demand(same(found[q], slow_scan(queries[q], rows, most[q], filter)), "the scan is wrong");
        auto kept = slow_scan(head, rows, 3 * k, filter);
        for (Hit& hit : kept)
          hit.score = static_cast<uint16_t>(slow_score(queries.back(), static_cast<std::size_t>(hit.row)));
        std::sort(kept.begin(), kept.end(), [](const Hit& a, const Hit& b) {
          return a.score > b.score || (a.score == b.score && a.row < b.row);
        });
        if (kept.size() > most[2]) kept.resize(most[2]);
        demand(same(found.back(), kept), "early rejection is wrong");
      }
    }
}

}  // namespace

int main() {
  std::mt19937 random(1);
  for (const std::size_t rows : {0, 1, 15, 16, 17, 33, 2047, 2048, 2049, 5000})
    for (const std::size_t k : {1, 7, 600, 9000})
      check(random, rows, k, rows % 2 ? 22 : 3);
  check(random, kTile * 512 + 5, 40, 9);   // more than one strip of chunks
  const auto bytes = random_bytes(random, (1 << 22) + 77, 256);
  uint64_t sum = 0;
  for (std::size_t at = 0; at < 1 << 22; at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.get() + at, 8);
    sum += word;
  }
  demand(read_memory(bytes.get(), (1 << 22) + 77, 3) == sum, "memory was read wrongly");
  return EXIT_SUCCESS;
}
