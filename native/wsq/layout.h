// Where the 64 subbands of a WSQ image lie, and the order in which they were split.
#pragma once

#include <array>

namespace tenprint::wsq {

// A rectangle of the coefficient plane. Where a side is `reversed`, its high half comes first (the
// spectrum behind a high-pass filter is mirrored).
struct Region {
  int x = 0, y = 0, width = 0, height = 0;
  bool reversed_x = false, reversed_y = false;
};

constexpr int kSubbands = 64;
constexpr int kCodedSubbands = 60;   // the four of the highest diagonal frequencies are never coded
constexpr int kSplits = 20;

struct Layout {
  std::array<Region, kSubbands> subbands;
  std::array<Region, kSplits> splits;   // in the order of analysis; synthesis goes backwards
};

Layout make_layout(int width, int height);

}  // namespace tenprint::wsq
