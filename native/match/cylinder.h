// The minutia cylinder (Cappelli, Ferrara & Maltoni 2010): its cells, and what a neighbour adds.
#pragma once

#include <array>

#include "match/prepared.h"

namespace tenprint::match {

constexpr int kGrid = 8;             // cells across the cylinder; those outside the circle are not used
constexpr int kBins = 6;             // direction bins
constexpr int kBinsWide = 8;         // ... as they lie in memory
constexpr int kCells = 52;           // cells of the grid whose centre is within the radius
constexpr double kRadius = 70.0;     // pixels at 500 ppi
constexpr double kStep = 2 * kRadius / kGrid;
constexpr int kCellReach = 28;           // 3 sigma: beyond it a neighbour adds nothing to a cell
constexpr int kCellReach2 = kCellReach * kCellReach;
constexpr int kNear = 95;            // the farthest cell's centre, 66.7 pixels away, and its reach
// A cell's bit is set where its contributions exceed 0.005, here in units of 2^-24.
constexpr float kThreshold = 83886.0f;

// Whole numbers in float32: a sum of products is exact up to 2^24, and one that has grown beyond
// stays above the threshold, so bits do not depend on the order of adding.
struct Cylinder {
  alignas(64) std::array<std::array<float, kBinsWide>, kTurn> direction{};  // units 2^-12, by angle difference
  alignas(64) std::array<double, kGrid * kGrid> x, y;                       // cells' centres, pixels
  std::array<float, kCellReach2 + 2> spatial{};   // by squared distance, units 2^-12; the last one is 0
  std::array<int, kGrid> from, to;            // the cells of a grid row within the circle
};

const Cylinder& cylinder();

}  // namespace tenprint::match
