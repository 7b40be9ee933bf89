#include "match/prepared.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "match/kernel.h"

namespace tenprint::match {
namespace {

struct Turns {
  std::array<float, kTurn> cosine, sine;
  Turns() {
    for (int u = 0; u < kTurn; ++u) {
      const double a = u * 2.0 * M_PI / kTurn;
      cosine[u] = static_cast<float>(std::rint(std::cos(a) * 1048576.0) / 1048576.0);
      sine[u] = static_cast<float>(std::rint(std::sin(a) * 1048576.0) / 1048576.0);
    }
  }
};

const Turns& turns() {
  static const Turns shared;
  return shared;
}

}  // namespace

const float* const kCos = turns().cosine.data();
const float* const kSin = turns().sine.data();

Prepared::Prepared(const Minutia* given, int count) {
  assign(given, count);
  edges_.shrink_to_fit();
}

void Prepared::assign(const Minutia* given, int count, bool hull) {
  // By angle, so that a probe minutia meets only the blocks of compatible directions; then by y, x
  // and position. The key of all four decides.
  std::array<uint64_t, kMaxMinutiae> keys;
  for (int k = 0; k < count; ++k)
    keys[k] = static_cast<uint64_t>(given[k].angle) << 32 | static_cast<uint64_t>(given[k].y) << 20 |
              static_cast<uint64_t>(given[k].x) << 8 | static_cast<uint64_t>(k);
  std::sort(keys.begin(), keys.begin() + count);
  count_ = count;
  if (blocks() > room_) {
    blocks_.reset(new Block[static_cast<std::size_t>(blocks())]);
    room_ = blocks();
  }
  order_.resize(count);
  std::array<float, kMaxMinutiae> xs, ys;
  for (int b = 0; b < blocks(); ++b) {
    blocks_[b] = Block{};
    std::fill_n(blocks_[b].ones, kLanes, kNobody);
  }
  for (int k = 0; k < count; ++k) {
    order_[k] = static_cast<uint8_t>(keys[k]);
    const Minutia& m = given[order_[k]];
    Block& block = blocks_[k / kLanes];
    const int lane = k % kLanes;
    xs[k] = block.x[lane] = static_cast<float>(m.x);
    ys[k] = block.y[lane] = static_cast<float>(m.y);
    block.weight[lane] = static_cast<float>(m.weight_percent) / 100.0f;
    block.angle[lane] = m.angle;
  }
  kernel().describe(count, blocks_.get());
  choose_rows(given);
  has_hull_ = hull;
  edges_.resize(hull ? count : 0);
  if (hull) edges_.resize(hull_edges(xs.data(), ys.data(), count, edges_.data(), count));
}

void Prepared::choose_rows(const Minutia* given) {
  rows_.resize(std::min(count_, kPairs));
  if (count_ <= kPairs) {
    for (int k = 0; k < count_; ++k) rows_[k] = static_cast<uint8_t>(k);
    return;
  }
  // The weight at which the surest kPairs end, and how many of exactly that weight belong to them.
  std::array<int, 128> of_weight{};
  for (int k = 0; k < count_; ++k) ++of_weight[given[order_[k]].weight_percent];
  int least = 127, left = kPairs;
  while (of_weight[least] < left) left -= of_weight[least--];
  for (int k = 0, row = 0; k < count_; ++k) {
    const int weight = given[order_[k]].weight_percent;
    if (weight < least || (weight == least && left-- <= 0)) continue;
    rows_[row++] = static_cast<uint8_t>(k);
  }
}

std::size_t Prepared::bytes() const {
  return sizeof(*this) + room_ * sizeof(Block) + order_.capacity() + rows_.capacity() +
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
