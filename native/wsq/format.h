// What the WSQ decoder and encoder share: markers, limits, and the runs of the entropy code.
#pragma once

namespace tenprint::wsq {

enum Marker : int {
  kStart = 0xffa0, kEnd = 0xffa1, kFrame = 0xffa2, kBlock = 0xffa3, kFilters = 0xffa4,
  kQuantisers = 0xffa5, kHuffman = 0xffa6, kRestart = 0xffa7, kComment = 0xffa8,
};

// Symbols of the entropy code. 1 to 100: so many zeros; 107 to 254: the value plus 180; between
// them the escapes, each followed by 8 or 16 bits.
enum Symbol : int {
  kLongestRun = 100,
  kPositive8 = 101, kNegative8 = 102, kPositive16 = 103, kNegative16 = 104,
  kRun8 = 105, kRun16 = 106,
  kFirstValue = 107, kLastValue = 254, kZeroValue = 180,
};

}  // namespace tenprint::wsq
