#include "wsq/quantise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tenprint::wsq {
namespace {

constexpr double kLeastVariance = 1.01;    // flatter subbands are not coded
constexpr double kFaint = 20000.0;         // the lowest four subbands of a faint print: less in sum
constexpr double kLoading = 2.5;           // bins reach over +- this many standard deviations

// Finer bins gain nothing against grey levels that are whole numbers; and a bin's number has to fit
// 16 bits with its sign.
constexpr double kFinestBin = 0.01, kMostBins = 32000;

double largest(const std::vector<float>& plane, int width, const Region& r) {
  float most = 0;
  for (int y = r.y; y < r.y + r.height; ++y)
    for (int x = r.x; x < r.x + r.width; ++x)
      most = std::max(most, std::abs(plane[static_cast<std::size_t>(y) * width + x]));
  return most;
}

double variance(const std::vector<float>& plane, int width, const Region& r) {
  const double count = static_cast<double>(r.width) * r.height;
  if (count < 2) return 0;
  double sum = 0, squares = 0;
  for (int y = r.y; y < r.y + r.height; ++y)
    for (int x = r.x; x < r.x + r.width; ++x) {
      const double value = plane[static_cast<std::size_t>(y) * width + x];
      sum += value;
      squares += value * value;
    }
  return (squares - sum * sum / count) / (count - 1);
}

// The middle of a subband, where the print is.
Region middle(const Region& r) {
  return {r.x + r.width / 8, r.y + 9 * r.height / 32, 3 * r.width / 4, 7 * r.height / 16};
}

// How much a subband's errors matter less than the others'.
double tolerance(int k) {
  switch (k) {
    case 52: case 56: return 1.32;
    case 53: case 55: case 58: case 59: return 1.08;
    case 54: case 57: return 1.42;
    default: return 1.0;
  }
}

// The part of all coefficients that lie in a subband.
double share(int k) {
  return k < 4 ? 1.0 / 1024 : k < 51 ? 1.0 / 256 : 1.0 / 16;
}

}  // namespace

Bins choose_bins(const std::vector<float>& plane, int width, const Layout& layout, double bitrate) {
  std::array<double, kCodedSubbands> v{};
  double lowest = 0;
  for (int k = 0; k < kCodedSubbands; ++k) {
    v[k] = variance(plane, width, middle(layout.subbands[k]));
    if (k < 4) lowest += v[k];
  }
  if (lowest < kFaint)
    for (int k = 0; k < kCodedSubbands; ++k) v[k] = variance(plane, width, layout.subbands[k]);

  // Widths up to a common factor q, which is found so that the rate is the one asked for; subbands
  // whose bins would hold nearly everything in the middle one do not count.
  Bins bins{};
  std::array<bool, kCodedSubbands> counts{};
  for (int k = 0; k < kCodedSubbands; ++k) {
    counts[k] = v[k] >= kLeastVariance;
    if (counts[k]) bins[k] = k < 4 ? 1.0 : 10.0 / (tolerance(k) * std::log(v[k]));
  }
  double q = 1;
  for (bool again = true; again;) {
    double shares = 0, product = 0;   // the product's logarithm, base 2
    for (int k = 0; k < kCodedSubbands; ++k)
      if (counts[k]) {
        shares += share(k);
        product += share(k) * std::log2(std::sqrt(v[k]) / bins[k]);
      }
    if (shares == 0) break;
    q = std::exp2((bitrate - product) / shares - 1) / kLoading;
    again = false;
    for (int k = 0; k < kCodedSubbands; ++k)
      if (counts[k] && bins[k] / q >= 2 * kLoading * std::sqrt(v[k])) {
        counts[k] = false;
        again = true;
      }
  }
  // Where few subbands vary, the rate asked for may need bins finer than can be written.
  for (int k = 0; k < kCodedSubbands; ++k)
    if (bins[k] != 0)
      bins[k] = std::max({bins[k] / q, kFinestBin,
                          largest(plane, width, layout.subbands[k]) / kMostBins});
  return bins;
}

}  // namespace tenprint::wsq
