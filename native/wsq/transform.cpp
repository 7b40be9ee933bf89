#include "wsq/transform.h"

#include <algorithm>
#include <cstddef>

namespace tenprint::wsq {
namespace {

// How one sample of a line is made from the samples of another: which of them, times what.
struct Term {
  int from;
  float weight;
};

// How every sample of a line is made. Terms are added in their order, which decides how float32
// sums round.
struct Plan {
  std::vector<Term> terms;
  std::vector<std::size_t> starts{0};   // of each sample's terms; one more at the end
};

// Where the halves of a line of `count` samples lie, and whole-sample symmetry at its ends.
struct Line {
  int count, lows, highs, low_at, high_at, period;
  Line(int n, bool reversed)
      : count(n), lows((n + 1) / 2), highs(n / 2), low_at(reversed ? highs : 0),
        high_at(reversed ? 0 : lows), period(std::max(1, 2 * (n - 1))) {}
  // The sample that stands at n after mirroring at both ends.
  int place(int n) const {
    n %= period;
    if (n < 0) n += period;
    return n < count ? n : period - n;
  }
};

// Samples from the two halves: the low half's terms first, each half's in ascending order, so that
// sums round as the reference decodes do.
Plan join(const Line& line, const Filters& filters) {
  Plan plan;
  const auto add = [&](int n, const std::vector<float>& filter, int parity, int base) {
    const int taps = static_cast<int>(filter.size()), centre = taps / 2;
    int tap = taps - 1;
    if (((n + centre - tap) & 1) != parity) --tap;
    for (; tap >= 0; tap -= 2)
      plan.terms.push_back({base + line.place(n + centre - tap) / 2,
                            filter[static_cast<std::size_t>(tap)]});
  };
  for (int n = 0; n < line.count; ++n) {
    if (line.count == 1) {
      plan.terms.push_back({0, 1.0f});   // nothing was split
    } else {
      add(n, filters.low, 0, line.low_at);
      add(n, filters.high, 1, line.high_at);
    }
    plan.starts.push_back(plan.terms.size());
  }
  return plan;
}

// The two halves from samples: the low half stands on the even ones, the high half on the odd.
Plan split(const Line& line, const Filters& filters) {
  Plan plan;
  for (int out = 0; out < line.count; ++out) {
    const bool low = out >= line.low_at && out < line.low_at + line.lows;
    const int n = low ? 2 * (out - line.low_at) : 2 * (out - line.high_at) + 1;
    const std::vector<float>& filter = low ? filters.low : filters.high;
    const int centre = static_cast<int>(filter.size()) / 2;
    if (line.count == 1)
      plan.terms.push_back({0, 1.0f});
    else
      for (int k = -centre; k <= centre; ++k)
        plan.terms.push_back({line.place(n + k), filter[static_cast<std::size_t>(centre + k)]});
    plan.starts.push_back(plan.terms.size());
  }
  return plan;
}

void apply_to_columns(const Plan& plan, const float* from, float* to, const Region& r, int width) {
  for (int n = 0; n < r.height; ++n) {
    float* row = to + static_cast<std::ptrdiff_t>(n) * width;
    for (std::size_t k = plan.starts[n]; k < plan.starts[n + 1]; ++k) {
      const float* source = from + static_cast<std::ptrdiff_t>(plan.terms[k].from) * width;
      const float weight = plan.terms[k].weight;
      if (k == plan.starts[n])
        for (int x = 0; x < r.width; ++x) row[x] = source[x] * weight;
      else
        for (int x = 0; x < r.width; ++x) row[x] += source[x] * weight;
    }
  }
}

void apply_to_rows(const Plan& plan, const float* from, float* to, const Region& r, int width) {
  for (int y = 0; y < r.height; ++y, from += width, to += width)
    for (int n = 0; n < r.width; ++n) {
      std::size_t k = plan.starts[n];
      float sum = from[plan.terms[k].from] * plan.terms[k].weight;
      for (++k; k < plan.starts[n + 1]; ++k) sum += from[plan.terms[k].from] * plan.terms[k].weight;
      to[n] = sum;
    }
}

}  // namespace

void analyse(std::vector<float>& plane, int width, const Layout& layout, const Filters& filters) {
  std::vector<float> spare(plane.size());
  for (const Region& r : layout.splits) {
    if (r.width == 0 || r.height == 0) continue;
    const std::size_t corner = static_cast<std::size_t>(r.y) * width + r.x;
    apply_to_rows(split({r.width, r.reversed_x}, filters), &plane[corner], &spare[corner], r, width);
    apply_to_columns(split({r.height, r.reversed_y}, filters), &spare[corner], &plane[corner], r,
                     width);
  }
}

void synthesise(std::vector<float>& plane, int width, const Layout& layout, const Filters& filters) {
  std::vector<float> spare(plane.size());
  for (int k = kSplits - 1; k >= 0; --k) {
    const Region& r = layout.splits[k];
    if (r.width == 0 || r.height == 0) continue;
    const std::size_t corner = static_cast<std::size_t>(r.y) * width + r.x;
    apply_to_columns(join({r.height, r.reversed_y}, filters), &plane[corner], &spare[corner], r,
                     width);
    apply_to_rows(join({r.width, r.reversed_x}, filters), &spare[corner], &plane[corner], r, width);
  }
}

}  // namespace tenprint::wsq
