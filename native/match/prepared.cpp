#include "match/prepared.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tenprint::match {
namespace {

constexpr int kGrid = 8;             // cells across the cylinder
constexpr int kBins = 6;             // direction bins
constexpr int kCells = 52;           // cells of the grid whose centre is within the radius
constexpr double kRadius = 70.0;     // pixels at 500 ppi
constexpr double kSpatialSigma = 28.0 / 3.0;
constexpr double kDirectionSigma = 2.0 * M_PI / 9.0;
constexpr int kReach2 = 784;         // (3 sigma)^2: beyond it a neighbour adds nothing to a cell
// A cell's bit is set where its contributions exceed 0.005, here in units of 2^-24.
constexpr int64_t kThreshold = 83886;

struct Tables {
  std::array<float, kTurn> cosine, sine;
  std::array<int, kReach2 + 1> spatial;                   // by squared distance, units 2^-12
  std::array<std::array<int, kBins>, kTurn> direction;    // by angle difference, units 2^-12
  std::array<double, kCells> cell_x, cell_y;

  Tables() {
    for (int u = 0; u < kTurn; ++u) {
      const double a = u * 2.0 * M_PI / kTurn;
      cosine[u] = static_cast<float>(std::rint(std::cos(a) * 1048576.0) / 1048576.0);
      sine[u] = static_cast<float>(std::rint(std::sin(a) * 1048576.0) / 1048576.0);
    }
    for (int d2 = 0; d2 <= kReach2; ++d2)
      spatial[d2] = static_cast<int>(std::rint(
          4096.0 * std::exp(-d2 / (2 * kSpatialSigma * kSpatialSigma)) /
          (kSpatialSigma * std::sqrt(2.0 * M_PI))));
    const double width = 2.0 * M_PI / kBins;
    const auto below = [](double a) { return 0.5 * (1 + std::erf(a / (kDirectionSigma * M_SQRT2))); };
    for (int u = 0; u < kTurn; ++u)
      for (int b = 0; b < kBins; ++b) {
        double away = -M_PI + (b + 0.5) * width - u * 2.0 * M_PI / kTurn;
        while (away > M_PI) away -= 2.0 * M_PI;
        while (away < -M_PI) away += 2.0 * M_PI;
        direction[u][b] =
            static_cast<int>(std::rint(4096.0 * (below(away + width / 2) - below(away - width / 2))));
      }
    int cell = 0;
    const double step = 2 * kRadius / kGrid;
    for (int i = 0; i < kGrid; ++i)
      for (int j = 0; j < kGrid; ++j) {
        const double cx = (i - (kGrid - 1) / 2.0) * step, cy = (j - (kGrid - 1) / 2.0) * step;
        if (cx * cx + cy * cy <= kRadius * kRadius) cell_x[cell] = cx, cell_y[cell] = cy, ++cell;
      }
  }
};

const Tables& tables() {
  static const Tables shared;
  return shared;
}

struct Neighbour {
  int x, y, difference;
};

// The descriptor of one minutia: which (cell, direction) pairs around it hold other minutiae.
int describe(const Minutia& centre, const Neighbour* near, int count, uint32_t* words) {
  const Tables& t = tables();
  const double c = t.cosine[centre.angle], s = t.sine[centre.angle];
  int ones = 0;
  for (int cell = 0; cell < kCells; ++cell) {
    // The cell's centre turned with the minutia, relative to it; y grows downwards.
    const double px = c * t.cell_x[cell] + s * t.cell_y[cell];
    const double py = -s * t.cell_x[cell] + c * t.cell_y[cell];
    std::array<int64_t, kBins> sum{};
    for (int k = 0; k < count; ++k) {
      const double dx = near[k].x - px, dy = near[k].y - py;
      const double d2 = dx * dx + dy * dy;
      if (d2 > kReach2) continue;
      const int g = t.spatial[static_cast<int>(d2)];
      const auto& bins = t.direction[near[k].difference];
      for (int b = 0; b < kBins; ++b) sum[b] += static_cast<int64_t>(g) * bins[b];
    }
    for (int b = 0; b < kBins; ++b)
      if (sum[b] > kThreshold) {
        const int bit = cell * kBins + b;
        words[bit / 32] |= 1u << (bit % 32);
        ++ones;
      }
  }
  return ones;
}

}  // namespace

const float* const kCos = tables().cosine.data();
const float* const kSin = tables().sine.data();

Prepared::Prepared(const Minutia* given, int count)
    : count_(count), blocks_(new Block[static_cast<std::size_t>((count + kLanes - 1) / kLanes)]()) {
  order_.resize(count);
  for (int k = 0; k < count; ++k) order_[k] = static_cast<uint8_t>(k);
  // By angle, so that a probe minutia meets only the blocks of compatible directions.
  std::sort(order_.begin(), order_.end(), [&](uint8_t p, uint8_t q) {
    const Minutia &a = given[p], &b = given[q];
    if (a.angle != b.angle) return a.angle < b.angle;
    if (a.y != b.y) return a.y < b.y;
    if (a.x != b.x) return a.x < b.x;
    return p < q;
  });
  constexpr int kNear = static_cast<int>(kRadius) + 28;
  std::vector<Neighbour> near(count);
  std::vector<float> xs(count), ys(count);
  for (int k = 0; k < blocks() * kLanes; ++k) blocks_[k / kLanes].ones[k % kLanes] = kNobody;
  for (int k = 0; k < count; ++k) {
    const Minutia& m = given[order_[k]];
    int close = 0;
    for (int other = 0; other < count; ++other) {
      const Minutia& o = given[order_[other]];
      const int dx = o.x - m.x, dy = o.y - m.y;
      if (other == k || dx * dx + dy * dy > kNear * kNear) continue;
      near[close++] = {dx, dy, (m.angle - o.angle) & (kTurn - 1)};
    }
    uint32_t words[kWords] = {};
    const int ones = describe(m, near.data(), close, words);
    Block& block = blocks_[k / kLanes];
    const int lane = k % kLanes;
    for (int w = 0; w < kWords; ++w) block.bits[w][lane] = words[w];
    block.x[lane] = static_cast<float>(m.x);
    block.y[lane] = static_cast<float>(m.y);
    block.weight[lane] = static_cast<float>(m.weight_percent) / 100.0f;
    block.ones[lane] = ones ? static_cast<float>(ones) : kNobody;
    block.angle[lane] = m.angle;
    xs[k] = block.x[lane];
    ys[k] = block.y[lane];
  }
  rows_.resize(count);
  for (int k = 0; k < count; ++k) rows_[k] = static_cast<uint8_t>(k);
  if (count > kPairs) {
    std::sort(rows_.begin(), rows_.end(), [&](uint8_t p, uint8_t q) {
      const int a = given[order_[p]].weight_percent, b = given[order_[q]].weight_percent;
      return a > b || (a == b && p < q);
    });
    rows_.resize(kPairs);
    std::sort(rows_.begin(), rows_.end());
  }
  edges_.resize(count);
  edges_.resize(hull_edges(xs.data(), ys.data(), count, edges_.data(), count));
  edges_.shrink_to_fit();
}

std::size_t Prepared::bytes() const {
  return sizeof(*this) + blocks() * sizeof(Block) + order_.capacity() + rows_.capacity() +
         edges_.capacity() * sizeof(Edge);
}

int hull_edges(const float* x, const float* y, int n, Edge* edges, int room) {
  if (n < 3) return 0;
  // Andrew's monotone chain.
  std::array<int, kMaxMinutiae> at;
  for (int k = 0; k < n; ++k) at[k] = k;
  std::sort(at.begin(), at.begin() + n, [&](int p, int q) {
    return x[p] < x[q] || (x[p] == x[q] && (y[p] < y[q] || (y[p] == y[q] && p < q)));
  });
  const auto turn = [&](int o, int a, int b) {
    return static_cast<double>(x[a] - x[o]) * (y[b] - y[o]) -
           static_cast<double>(y[a] - y[o]) * (x[b] - x[o]);
  };
  std::array<int, 2 * kMaxMinutiae + 2> hull;
  int size = 0;
  for (int k = 0; k < n; ++k) {
    while (size >= 2 && turn(hull[size - 2], hull[size - 1], at[k]) <= 0) --size;
    hull[size++] = at[k];
  }
  for (int k = n - 2, lower = size + 1; k >= 0; --k) {
    while (size >= lower && turn(hull[size - 2], hull[size - 1], at[k]) <= 0) --size;
    hull[size++] = at[k];
  }
  --size;  // the first point stands again at the end
  if (size < 3 || size > room) return 0;
  for (int k = 0; k < size; ++k) {
    const int a = hull[k], b = hull[(k + 1) % size];
    const double ex = static_cast<double>(x[b]) - x[a], ey = static_cast<double>(y[b]) - y[a];
    const double length = std::sqrt(ex * ex + ey * ey);
    edges[k].nx = static_cast<float>(-ey / length);
    edges[k].ny = static_cast<float>(ex / length);
    edges[k].c = static_cast<float>((ey * x[a] - ex * y[a]) / length);
  }
  return size;
}

}  // namespace tenprint::match
