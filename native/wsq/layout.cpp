#include "wsq/layout.h"

namespace tenprint::wsq {
namespace {

// The four quarters: top left, top right, bottom left, bottom right. The low half takes the odd
// element. A quarter behind a high-pass filter is itself reversed in that direction.
std::array<Region, 4> quarters(const Region& whole) {
  const int low_x = (whole.width + 1) / 2, low_y = (whole.height + 1) / 2;
  const int first_x = whole.reversed_x ? whole.width - low_x : low_x;
  const int first_y = whole.reversed_y ? whole.height - low_y : low_y;
  std::array<Region, 4> out;
  for (int k = 0; k < 4; ++k) {
    const bool right = k % 2, below = k / 2;
    out[k] = {whole.x + (right ? first_x : 0),
              whole.y + (below ? first_y : 0),
              right ? whole.width - first_x : first_x,
              below ? whole.height - first_y : first_y,
              right,
              below};
  }
  return out;
}

}  // namespace

Layout make_layout(int width, int height) {
  Layout out;
  int split = 0;
  const auto part = [&](const Region& region) {
    out.splits[split++] = region;
    return quarters(region);
  };
  // Sixteen subbands from one region: a quarter of a quarter each.
  const auto sixteen = [&](const Region& region, int first) {
    const auto outer = part(region);
    for (int q = 0; q < 4; ++q) {
      const auto inner = part(outer[q]);
      for (int k = 0; k < 4; ++k) out.subbands[first + 4 * q + k] = inner[k];
    }
  };
  const auto level1 = part({0, 0, width, height, false, false});
  const auto level2 = part(level1[0]);
  const auto high_x = part(level1[1]), high_y = part(level1[2]);
  for (int k = 0; k < 4; ++k) {
    out.subbands[52 + k] = high_x[k];
    out.subbands[56 + k] = high_y[k];
    out.subbands[60 + k] = level1[3];
  }
  out.subbands[51] = level2[3];
  sixteen(level2[1], 19);
  sixteen(level2[2], 35);
  sixteen(level2[0], 3);
  Region lowest = out.subbands[3];
  const auto finest = part(lowest);
  for (int k = 0; k < 4; ++k) out.subbands[k] = finest[k];
  return out;
}

}  // namespace tenprint::wsq
