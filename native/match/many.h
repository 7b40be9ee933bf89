// Probes against many packed records: decoded, prepared and compared on several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "match/packed.h"
#include "match/score.h"

namespace tenprint::match {

struct Bytes {
  const uint8_t* data;
  std::size_t size;
};

// n records, each bytes from..to of the data and compared with one of the probes.
struct Errand {
  std::size_t count;
  const int64_t *from, *to;
  const int32_t* probe_of;     // checked by the caller
};

constexpr std::size_t kNoRecord = ~std::size_t{0};

// Fills `scores`, the same whatever the number of threads. Returns the first record that cannot be
// read, or kNoRecord; the scores mean nothing where there is one.
std::size_t compare_packed(const std::vector<const Prepared*>& probes, Bytes bytes,
                           const Errand& errand, const Model& model, int threads, float* scores);

// Records one after the other: which run of bytes each is of, where it lies, and what it says.
struct Directory {
  std::vector<int64_t> run, from, to;
  std::vector<uint8_t> finger, quality;
};

// Walks runs of records. Returns the first run that holds anything else, or kNoRecord.
std::size_t list_packed(Bytes bytes, const int64_t* from, const int64_t* to, std::size_t runs,
                        Directory& found);

}  // namespace tenprint::match
