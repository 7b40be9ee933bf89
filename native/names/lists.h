// Sorted lists of rows by a number, as names/_postings.py lays them out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenprint::names {

struct Lists {
  std::span<const uint32_t> keys;
  std::span<const uint32_t> starts;   // empty where each key stands once for each row
  std::span<const int32_t> rows;

  // Rows of the keys from low to high, both included.
  std::span<const int32_t> between(uint32_t low, uint32_t high) const {
    const auto left = std::lower_bound(keys.begin(), keys.end(), low);
    const auto right = std::upper_bound(left, keys.end(), high);
    std::size_t first = static_cast<std::size_t>(left - keys.begin());
    std::size_t end = static_cast<std::size_t>(right - keys.begin());
    if (!starts.empty()) first = starts[first], end = starts[end];
    if (first >= end || end > rows.size()) return {};
    return rows.subspan(first, end - first);
  }
};

}  // namespace tenprint::names
