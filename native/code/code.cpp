#include "code/code.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "cpu/cpu.h"
#include "match/packed.h"

namespace tenprint::code {

const Encoder& encoder() {
#if defined(__x86_64__)
  if (level() == Level::avx512) return kAvx512;
  if (level() == Level::avx2) return kAvx2;
#endif
  return kPortable;
}

void quantise(const CodeModel& model, const float* vector, uint8_t* code) {
  for (int part = 0; part < kParts; ++part) {
    const float* own = vector + part * kPartSize;
    const float* centroid = model.centroids.data() + part * kCentroids * kPartSize;
    int best = 0;
    float nearest = 0;
    for (int c = 0; c < kCentroids; ++c, centroid += kPartSize) {
      float distance = 0;
      for (int d = 0; d < kPartSize; ++d)
        distance += (own[d] - centroid[d]) * (own[d] - centroid[d]);
      if (c == 0 || distance < nearest) nearest = distance, best = c;
    }
    if (part % 2 == 0)
      code[part / 2] = static_cast<uint8_t>(best);
    else
      code[part / 2] |= static_cast<uint8_t>(best << 4);
  }
}

namespace {

// Encodes records first .. last; the first that cannot be read, or `last`.
std::size_t encode_some(const CodeModel& model, const uint8_t* data, const int64_t* from,
                        const int64_t* to, std::size_t first, std::size_t last, Scratch& work,
                        float* vectors, uint8_t* codes) {
  const Encoder& by = encoder();
  match::Minutia minutiae[match::kMaxMinutiae];
  match::Prepared print;
  for (std::size_t start = first; start < last; start += kBatch) {
    const std::size_t stop = std::min<std::size_t>(start + kBatch, last);
    bool present[kBatch] = {};
    std::fill(&work.fisher[0][0], &work.fisher[0][0] + kBatch * kFisher, 0.0f);
    for (std::size_t k = start; k < stop; ++k) {
      int count = 0;
      if (match::decode(data + from[k], static_cast<std::size_t>(to[k] - from[k]), minutiae,
                        count) != match::Fault::none)
        return k;
      print.assign(minutiae, count);
      present[k - start] = by.aggregate(print, model, work, work.fisher[k - start]);
    }
    by.project(model, work);
    for (std::size_t k = start; k < stop; ++k) {
      const std::size_t b = k - start;
      if (vectors)
        for (int d = 0; d < kDimensions; ++d)
          vectors[k * kDimensions + d] = present[b] ? work.vectors[b][d] : 0.0f;
      if (!codes) continue;
      if (present[b])
        quantise(model, work.vectors[b], codes + k * kCodeBytes);
      else
        std::fill_n(codes + k * kCodeBytes, kCodeBytes, uint8_t{0xFF});
    }
  }
  return last;
}

}  // namespace

std::size_t encode(const CodeModel& model, const uint8_t* data, const int64_t* from,
                   const int64_t* to, std::size_t n, int threads, float* vectors, uint8_t* codes) {
  constexpr std::size_t kChunk = 64;
  std::atomic<std::size_t> next{0}, bad{n};
  const auto run = [&] {
    const auto work = std::make_unique<Scratch>();
    for (;;) {
      const std::size_t first = next.fetch_add(kChunk);
      if (first >= n) return;
      const std::size_t last = std::min(first + kChunk, n);
      const std::size_t end =
          encode_some(model, data, from, to, first, last, *work, vectors, codes);
      for (std::size_t known = bad.load(); end < last && end < known;)
        if (bad.compare_exchange_weak(known, end)) break;
    }
  };
  const std::size_t wanted = std::min<std::size_t>(threads, (n + kChunk - 1) / kChunk);
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < wanted; ++t) others.emplace_back(run);
  run();
  for (auto& other : others) other.join();
  return bad.load();
}

std::size_t aggregate_all(const CodeModel& model, const uint8_t* data, const int64_t* from,
                          const int64_t* to, std::size_t n, float* fisher) {
  const auto work = std::make_unique<Scratch>();
  match::Minutia minutiae[match::kMaxMinutiae];
  match::Prepared print;
  for (std::size_t k = 0; k < n; ++k) {
    int count = 0;
    if (match::decode(data + from[k], static_cast<std::size_t>(to[k] - from[k]), minutiae, count) !=
        match::Fault::none)
      return k;
    print.assign(minutiae, count);
    encoder().aggregate(print, model, *work, fisher + k * kFisher);
  }
  return n;
}

}  // namespace tenprint::code
