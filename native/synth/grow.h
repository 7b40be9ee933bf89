// Ridges grown by space-variant oriented band-pass filtering, in whole numbers: the same on every
// machine, whatever its vector width.
#pragma once

#include <cstdint>

namespace tenprint::synth {

// A bank of filters: [direction][period][kRows][kLanes] taps, the last two a square of odd side
// filled up with zero columns so that a row is a whole number of vectors.
struct Bank {
  const int16_t* taps;
  int directions, periods, rows, lanes;
};

constexpr int kPeak = 1023;  // ridge +, valley -

// Filters `ridges` (height x width, values within +-kPeak) `rounds` times in place. `direction` and
// `period` name the filter of each pixel; where `inside` is 0 nothing grows. A sum of taps * ridges
// is divided by 2^shift and limited to +-kPeak.
void grow(int16_t* ridges, const uint8_t* direction, const uint8_t* period, const uint8_t* inside,
          int height, int width, const Bank& bank, int rounds, int shift);

}  // namespace tenprint::synth
