#include "match/cylinder.h"

#include <cmath>

namespace tenprint::match {
namespace {

constexpr double kSpatialSigma = 28.0 / 3.0;
constexpr double kDirectionSigma = 2.0 * M_PI / 9.0;

Cylinder make() {
  Cylinder t;
  for (int d2 = 0; d2 <= kCellReach2; ++d2)
    t.spatial[d2] = static_cast<float>(
        std::rint(4096.0 * std::exp(-d2 / (2 * kSpatialSigma * kSpatialSigma)) /
                  (kSpatialSigma * std::sqrt(2.0 * M_PI))));
  const double width = 2.0 * M_PI / kBins;
  const auto below = [](double a) { return 0.5 * (1 + std::erf(a / (kDirectionSigma * M_SQRT2))); };
  for (int u = 0; u < kTurn; ++u)
    for (int b = 0; b < kBins; ++b) {
      double away = -M_PI + (b + 0.5) * width - u * 2.0 * M_PI / kTurn;
      while (away > M_PI) away -= 2.0 * M_PI;
      while (away < -M_PI) away += 2.0 * M_PI;
      t.direction[u][b] = static_cast<float>(
          std::rint(4096.0 * (below(away + width / 2) - below(away - width / 2))));
    }
  for (int i = 0; i < kGrid; ++i) {
    t.from[i] = kGrid, t.to[i] = 0;
    for (int j = 0; j < kGrid; ++j) {
      const double cx = (i - (kGrid - 1) / 2.0) * kStep, cy = (j - (kGrid - 1) / 2.0) * kStep;
      t.x[i * kGrid + j] = cx, t.y[i * kGrid + j] = cy;
      if (cx * cx + cy * cy > kRadius * kRadius) continue;
      if (t.from[i] == kGrid) t.from[i] = j;
      t.to[i] = j + 1;
    }
  }
  return t;
}

}  // namespace

const Cylinder& cylinder() {
  static const Cylinder shared = make();
  return shared;
}

}  // namespace tenprint::match
