// How alike two birth dates are; the oracle is names/_dates.py.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tenprint::names {

// Of dates packed as YYYYMMDD, zeros where unknown.
double date_likeness(uint32_t a, uint32_t b);

// Dates that may be meant by one, with their likeness, 0.5 or more; by the date.
std::vector<std::pair<uint32_t, double>> near_dates(uint32_t packed);

}  // namespace tenprint::names
