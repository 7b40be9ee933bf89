// Codes of sound, empty, weightless, crowded and damaged records in buffers of exactly their size,
// with ordinary and with extreme parameters, at every instruction set and on several threads.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "code/code.h"
#include "cpu/cpu.h"
#include "match/packed.h"

using namespace tenprint;
using namespace tenprint::code;

namespace {

void demand(bool kept, const char* what) {
  if (kept) return;
  std::printf("%s\n", what);
  std::exit(EXIT_FAILURE);
}

std::vector<float> random_floats(std::mt19937& random, std::size_t n, double low, double high) {
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(low + (high - low) * (random() % 100003) / 100003.0);
  return out;
}

// `reach` widens the numbers: shares of nearly nothing and of nearly everything.
CodeModel some_model(std::mt19937& random, double reach) {
  CodeModel m;
  m.shape = random_floats(random, kBits * kShape, -0.1, 0.1);
  m.shape_zero = random_floats(random, kShape, -1, 1);
  m.linear = random_floats(random, kFeatures * kComponents, -reach, reach);
  m.square = random_floats(random, kFeatures * kComponents, -reach, -0.1);
  m.constant = random_floats(random, kComponents, -5 * reach, 0);
  m.mean = random_floats(random, kComponents * kPadded, -1, 1);
  m.scale = random_floats(random, kComponents * kPadded, 1, 9);
  m.share = std::vector<float>(kComponents, 1.0f / kComponents);
  m.count_scale = std::vector<float>(kComponents, 8.0f);
  m.projection = random_floats(random, kFisher * kDimensions, -1, 1);
  m.offset = random_floats(random, kDimensions, -1, 1);
  m.centroids = random_floats(random, kParts * kCentroids * kPartSize, -0.2, 0.2);
  return m;
}

std::vector<uint8_t> random_record(std::mt19937& random, int count, int extent, int least,
                                   int most) {
  const auto low = [](int v) { return static_cast<uint8_t>(v); };
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  std::vector<uint8_t> r = {'T', 'P', 'M', 1, low(extent), low(extent >> 8), low(extent),
                            low(extent >> 8), 50, 3, 0, low(count), 0, 0};
  for (int k = 0; k < count; ++k) {
    const int place = below(extent) | below(extent) << 12;
    r.insert(r.end(), {low(place), low(place >> 8), low(place >> 16)});
  }
  for (int k = 0; k < count; ++k) r.push_back(low(below(256)));
  for (int k = 0; k < count; ++k) r.push_back(low(least + below(most - least + 1)));
  r.insert(r.end(), static_cast<std::size_t>((count + 7) / 8), 0);
  const uint32_t crc = match::crc32(r.data(), r.size());
  for (int k = 0; k < 4; ++k) r.push_back(low(static_cast<int>(crc >> (8 * k))));
  return r;
}

struct Records {
  std::unique_ptr<uint8_t[]> data;
  std::vector<int64_t> from, to;
};

Records joined(const std::vector<std::vector<uint8_t>>& records) {
  Records all;
  int64_t size = 0;
  for (const auto& r : records) {
    all.from.push_back(size);
    size += static_cast<int64_t>(r.size());
    all.to.push_back(size);
  }
  all.data.reset(new uint8_t[static_cast<std::size_t>(size)]);
  for (std::size_t k = 0; k < records.size(); ++k)
    std::copy(records[k].begin(), records[k].end(), all.data.get() + all.from[k]);
  return all;
}

void check(std::mt19937& random, double reach) {
  const CodeModel model = some_model(random, reach);
  std::vector<std::vector<uint8_t>> records;
  for (int k = 0; k < 150; ++k)
    records.push_back(random_record(random, k % 50 == 7 ? 255 : static_cast<int>(random() % 40),
                                    k % 5 ? 300 : 3, k % 11 == 1 ? 100 : 0,
                                    k % 11 == 2 ? 0 : 100));
  const Records all = joined(records);
  const std::size_t n = records.size();
  std::vector<float> first, vectors(n * kDimensions), fisher(n * kFisher);
  std::vector<uint8_t> known, codes(n * kCodeBytes);
  for (int l = static_cast<int>(best_level()); l >= 0; --l) {
    set_level(static_cast<Level>(l));
    for (const int threads : {1, 2, 5}) {
      std::fill(vectors.begin(), vectors.end(), 7.0f);
      std::fill(codes.begin(), codes.end(), uint8_t{7});
      demand(encode(model, all.data.get(), all.from.data(), all.to.data(), n, threads,
                    vectors.data(), codes.data()) == n, "a sound record was refused");
      if (first.empty()) first = vectors, known = codes;
      demand(std::memcmp(first.data(), vectors.data(), first.size() * sizeof(float)) == 0 &&
             known == codes, "codes differ between levels or numbers of threads");
    }
    demand(aggregate_all(model, all.data.get(), all.from.data(), all.to.data(), n,
                         fisher.data()) == n, "a sound record was refused");
  }
  for (std::size_t k = 0; k < n; ++k) {
    double length = 0;
    for (int d = 0; d < kDimensions; ++d)
      length += static_cast<double>(vectors[k * kDimensions + d]) * vectors[k * kDimensions + d];
    const bool absent = codes[k * kCodeBytes] == 0xFF;
    demand(absent ? length == 0 : std::abs(length - 1) < 1e-4, "a vector's length is not 1");
    for (int b = 0; b < kCodeBytes; ++b) {
      const uint8_t c = codes[k * kCodeBytes + static_cast<std::size_t>(b)];
      demand(absent ? c == 0xFF : (c & 15) < kCentroids && (c >> 4) < kCentroids,
             "a code is neither absent nor of centroids");
    }
  }
  // Whatever is damaged, the first damaged record is named.
  for (const std::size_t bad : {0, 7, 8, 64, 149}) {
    auto changed = records;
    for (std::size_t k = bad; k < n; k += 37) changed[k].pop_back();
    const Records cut = joined(changed);
    for (const int threads : {1, 3})
      demand(encode(model, cut.data.get(), cut.from.data(), cut.to.data(), n, threads, nullptr,
                    codes.data()) == bad, "the damaged record was not named");
    // The record after it lies in another thread's share, and is reached first.
    if (bad == 64) {
      changed[63].pop_back();
      const Records both = joined(changed);
      for (int turn = 0; turn < 20; ++turn)
        demand(encode(model, both.data.get(), both.from.data(), both.to.data(), n, 3, nullptr,
                      codes.data()) == 63, "not the first damaged record was named");
    }
    demand(aggregate_all(model, cut.data.get(), cut.from.data(), cut.to.data(), n,
                         fisher.data()) == bad, "the damaged record was not named");
  }
}

}  // namespace

int main() {
  std::mt19937 random(1);
  for (const double reach : {0.2, 1.0, 30.0}) check(random, reach);
  return EXIT_SUCCESS;
}
