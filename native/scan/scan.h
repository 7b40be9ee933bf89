// The scan: queries against the codes of everybody, the best k people each.
//
// A finger position's codes lie in a plane: blocks of 16 people, in a block first byte 0 of all 16,
// then byte 1 of all, and so on (24 x 16 bytes). A query brings, for each plane it reads, a table of
// 48 x 16 values; a person's score is the sum of the values that the person's 48 four-bit numbers
// choose (F. Andre, A.-M. Kermarrec & N. Le Scouarnec, "Cache locality is not enough: high-
// performance nearest neighbor search with product quantization fast scan", VLDB 2015).
//
// Values are small enough that twelve of them, those of every fourth byte, add up in eight bits: a
// plane's sums are widened once. Queries that read the same plane share the unpacking of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenprint::scan {

constexpr int kLanes = 16;                         // people in a block
constexpr int kBytes = 24;                         // of a code
constexpr int kBlockBytes = kLanes * kBytes;
constexpr int kTableBytes = 2 * kBytes * 16;       // [part][16]
constexpr int kGroups = 4;                         // of parts: byte b's two are in group b % 4 ...
constexpr int kMostGroup = 255;                    // ... whose largest values add up to no more
constexpr int kMostSum = 65535;                    // a query's largest values together
constexpr std::size_t kTile = 256;                 // people scored at a time: all stays in the cache
constexpr std::size_t kTileBlocks = kTile / kLanes;

// One plane of one query.
struct Part {
  const uint8_t* codes;     // the plane
  const uint8_t* table;     // [48][16]
};

// Where `first` is less than the number of parts, only those who are among the best `keep` by the
// first parts are scored by the rest of them.
struct Query {
  std::vector<Part> parts;
  std::size_t k;            // people wanted
  std::size_t first;        // parts read of everybody
  std::size_t keep;         // at least k
};

// The tables that are looked up in one plane, and whose they are.
struct Reader {
  std::size_t query;
  const uint8_t* table;
};
struct Sheet {
  const uint8_t* codes;
  std::vector<Reader> readers;
};

// People that do not count: those whose membership shares no bit with `galleries`, and those whose
// status is not in the set of bits `statuses`.
struct Filter {
  const uint32_t* membership = nullptr;   // null: no filter
  const uint8_t* status = nullptr;
  uint32_t galleries = 0;
  uint32_t statuses = 0;
};

struct Hit {
  int64_t row;
  uint16_t score;
};

// A hit as a number: the better, the larger.
struct Ranked {
  uint64_t value;
  static constexpr uint64_t kRows = (uint64_t{1} << 48) - 1;
  static Ranked of(std::size_t row, uint16_t score) {
    return {static_cast<uint64_t>(score) << 48 | (kRows - row)};
  }
  uint16_t score() const { return static_cast<uint16_t>(value >> 48); }
  std::size_t row() const { return kRows - (value & kRows); }
};

// The inner loops of one instruction set.
struct Scanner {
  // Bytes of `room` for one query.
  std::size_t room;
  // Scores of up to kTileBlocks blocks, of query q from scores[q * kTile] on. `room` is
  // aligned to 64.
  void (*score)(const std::vector<Sheet>& sheets, std::size_t queries, std::size_t first_block,
                std::size_t blocks, uint8_t* room, uint16_t* scores);
  // The places in `scores` of at least `least`, ascending; returns how many. `count` is a multiple
  // of kLanes.
  std::size_t (*reach)(const uint16_t* scores, std::size_t count, uint16_t least, uint16_t* places);
};

extern const Scanner kPortable;
extern const Scanner kAvx2;
extern const Scanner kAvx512;
const Scanner& scanner();

// The best of rows 0 .. rows of every query, highest score first, the lower row first among
// equals. All queries are answered in one pass. The result does not depend on `threads`.
std::vector<std::vector<Hit>> scan(const std::vector<Query>& queries, std::size_t rows,
                                   const Filter& filter, int threads);

// Reads memory as fast as it can be read, for comparison; returns a sum that must be used.
uint64_t read_memory(const uint8_t* data, std::size_t size, int threads);

}  // namespace tenprint::scan
