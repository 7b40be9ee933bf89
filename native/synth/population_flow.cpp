#include "synth/population_flow.h"

#include <algorithm>

namespace tenprint::synth {
namespace {

constexpr double kPi = 3.14159265358979323846;

// 0 below 0, 1 above 1, smooth between; and its derivative.
Slope ramp(double t, double rate) {
  t = std::clamp(t, 0.0, 1.0);
  return {t * t * (3 - 2 * t), 0, 6 * t * (1 - t) * rate};
}

}  // namespace

Surface::Surface(uint64_t key, double spacing) : inverse_(1 / spacing) {
  Draws draws(key);
  const int columns = std::min(kMost, static_cast<int>(2 * kHalfWidth * 1.15 * inverse_) + 4);
  const int rows = std::min(kMost, static_cast<int>(2 * kHalfHeight * 1.15 * inverse_) + 4);
  // 2.086: a cubic B-spline of independent values has 1 / 2.086 of their standard deviation.
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) knots_[r][c] = static_cast<float>(2.086 * draws.bell());
  for (int r = 0; r < kMost; ++r)
    for (int c = r < rows ? columns : 0; c < kMost; ++c) knots_[r][c] = 0;
}

void Surface::locate(double x, double y, int& column, int& row, double& u, double& v) const {
  // Beyond the finger the surface goes on flat enough: the place is held inside.
  const double most = kMost - 4 + 0.999;
  const double px = std::clamp((x + 1.15 * kHalfWidth) * inverse_, 0.0, most);
  const double py = std::clamp((y + 1.15 * kHalfHeight) * inverse_, 0.0, most);
  column = static_cast<int>(px), row = static_cast<int>(py);
  u = px - column, v = py - row;
}

struct Surface::Weights {
  double w[4], d[4];
  explicit Weights(double t) {
    const double u = 1 - t, t2 = t * t, t3 = t2 * t;
    w[0] = u * u * u * (1.0 / 6), w[3] = t3 * (1.0 / 6);
    w[1] = (3 * t3 - 6 * t2 + 4) * (1.0 / 6), w[2] = 1 - w[0] - w[1] - w[3];
    d[0] = -0.5 * u * u, d[3] = 0.5 * t2;
    d[1] = 1.5 * t2 - 2 * t, d[2] = -d[0] - d[1] - d[3];
  }
};

double Surface::at(double x, double y) const {
  int column, row;
  double u, v, sum = 0;
  locate(x, y, column, row, u, v);
  const Weights across(u), down(v);
  for (int r = 0; r < 4; ++r) {
    const float* k = &knots_[row + r][column];
    sum += down.w[r] * (across.w[0] * k[0] + across.w[1] * k[1] + across.w[2] * k[2] +
                        across.w[3] * k[3]);
  }
  return sum;
}

Slope Surface::slope(double x, double y) const {
  int column, row;
  double u, v;
  Slope sum{0, 0, 0};
  locate(x, y, column, row, u, v);
  const Weights across(u), down(v);
  for (int r = 0; r < 4; ++r) {
    const float* k = &knots_[row + r][column];
    const double line =
        across.w[0] * k[0] + across.w[1] * k[1] + across.w[2] * k[2] + across.w[3] * k[3];
    sum.value += down.w[r] * line;
    sum.dx += down.w[r] * (across.d[0] * k[0] + across.d[1] * k[1] + across.d[2] * k[2] +
                           across.d[3] * k[3]);
    sum.dy += down.d[r] * line;
  }
  sum.dx *= inverse_, sum.dy *= inverse_;
  return sum;
}

Flow::Point Flow::point(Draws& draws, double x, double y, double sign, double flat,
                        double axis) const {
  const double a1 = draws.near(-flat, 0.14), a2 = draws.near(0, 0.05);
  const Turn first = turn_of(-axis), second = turn_of(2 * kPi * draws.uniform());
  return {x, y, sign, a1, first.cosine, first.sine, a2, second.cosine, second.sine};
}

Flow::Flow(Pattern pattern, uint64_t key, const Anatomy& anatomy)
    : variety_(anatomy.variety), surface_(below(key, 1), 72.0) {
  Draws draws(key);
  const auto near = [&](double mean, double spread) { return draws.near(mean, spread * variety_); };
  bump_ = 0, spiral_ = 0;
  dome_ = near(0.62, 0.08);
  const double core_x = near(0, 18), core_y = near(30, 27);
  const bool loop = pattern == Pattern::kLeftLoop || pattern == Pattern::kRightLoop;
  dome_y_ = core_y - (loop ? 110 : 200);
  dome_width_ = near(150, 15), bump_width_ = near(85, 12), bump_x_ = core_x;
  wobble_ = std::max(0.2, 1 + 0.5 * draws.bell()) * anatomy.wobble;
  if (loop) {
    const double side = pattern == Pattern::kLeftLoop ? 1 : -1;   // where the delta lies
    const double across = near(105, 36), under = near(138, 40);
    const double axis = -kPi / 2 - side * near(0.35, 0.2);        // where the loop opens
    point_[points_++] = point(draws, core_x, core_y, 1, 0.6, axis);
    point_[points_++] = point(draws, core_x + side * std::max(across, 35.0),
                              core_y - std::max(under, 50.0), -1);
    dome_ = near(0.38, 0.12), tilt_ = side * near(0.10, 0.06);
  } else if (pattern == Pattern::kWhorl) {
    const bool twin = draws.uniform() < 0.25;   // two loops round each other instead of circles
    const double wide = std::abs(near(62, 14)), close = std::abs(near(26, 14)) + 4;
    const double apart = twin ? wide : close;
    double axis = near(kPi / 2, 0.5);
    if (twin) axis += near(0, 0.5);
    const Turn to = turn_of(axis);
    const double dx = 0.5 * apart * to.cosine, dy = 0.5 * apart * to.sine;
    const double left = std::min(near(-125, 32), -60.0), right = std::max(near(125, 32), 60.0);
    const double low_left = std::max(near(143, 38), 60.0);
    const double low_right = std::max(near(143, 38), 60.0);
    point_[points_++] = point(draws, core_x + dx, core_y + dy, 1, 0.25, axis + kPi);
    point_[points_++] = point(draws, core_x - dx, core_y - dy, 1, 0.25, axis);
    point_[points_++] = point(draws, core_x + left, core_y - low_left, -1);
    point_[points_++] = point(draws, core_x + right, core_y - low_right, -1);
    dome_ = near(0.40, 0.06), spiral_ = near(0, 0.25), tilt_ = near(0, 0.05);
  } else if (pattern == Pattern::kTentedArch) {
    point_[points_++] = point(draws, core_x, core_y - 20, 1, 0.4, -kPi / 2);
    const double delta_x = core_x + near(0, 8);
    point_[points_++] = point(draws, delta_x, core_y - 20 - std::max(near(75, 18), 35.0), -1);
    tilt_ = near(0, 0.04);
  } else {
    bump_ = near(0.62, 0.12), dome_ = near(0.45, 0.06), tilt_ = near(0, 0.04);
  }
}

Ridge Flow::at(double x, double y) const {
  const Slope own = surface_.slope(x, y);
  double angle = tilt_ + wobble_ * own.value;
  double gx = wobble_ * own.dx, gy = wobble_ * own.dy;
  const Slope fade = ramp((y - dome_y_) * (1.0 / 170), 1.0 / 170);
  const double square = x * x + dome_width_ * dome_width_;
  const double inverse_root = 1 / std::sqrt(square), side = x * inverse_root;
  angle -= dome_ * fade.value * side;
  gx -= dome_ * fade.value * dome_width_ * dome_width_ * inverse_root * inverse_root *
        inverse_root;
  gy -= dome_ * fade.dy * side;
  if (bump_ != 0) {
    const double u = (x - bump_x_) / bump_width_, wide = 1 + u * u, root = std::sqrt(wide);
    const Slope up = ramp((y + 230) * (1.0 / 180), 1.0 / 180);
    const Slope off = ramp((260 - y) * (1.0 / 250), -1.0 / 250);
    const double shape = 2.2 * u / (wide * root), height = up.value * off.value;
    angle -= bump_ * height * shape;
    gx -= bump_ * height * 2.2 * (1 - 2 * u * u) / (wide * wide * root * bump_width_);
    gy -= bump_ * (up.dy * off.value + up.value * off.dy) * shape;
  }
  // The angles around cores and deltas are added up by multiplying complex numbers, and halved by
  // square roots instead of an arc tangent. Where the sum jumps by a whole turn the ridge's sign
  // flips, and the sign of whatever is counted along it.
  Turn whole{1, 0};
  for (int k = 0; k < points_; ++k) {
    const Point& p = point_[k];
    const double dx = x - p.x, dy = y - p.y, r2 = dx * dx + dy * dy + 1e-6;
    const double inverse = 1 / std::sqrt(r2), c = dx * inverse, s = dy * inverse;
    const double sine1 = s * p.c1 + c * p.s1, cosine1 = c * p.c1 - s * p.s1;
    const double s2 = 2 * s * c, c2 = c * c - s * s;
    const double sine2 = s2 * p.c2 + c2 * p.s2, cosine2 = c2 * p.c2 - s2 * p.s2;
    angle += 0.5 * p.sign * (p.a1 * sine1 + p.a2 * sine2);
    const double rate = 0.5 * p.sign * (1 + p.a1 * cosine1 + 2 * p.a2 * cosine2) * inverse * inverse;
    gx -= rate * dy, gy += rate * dx;
    const double around = p.sign * s;
    whole = {whole.cosine * c - whole.sine * around, whole.cosine * around + whole.sine * c};
    if (k == 0 && spiral_ != 0) {
      const double inner = 1 / (1 + r2 * (1.0 / (70 * 70)));
      angle += spiral_ * inner * inner;
      const double pull = -4 * spiral_ * inner * inner * inner * (1.0 / (70 * 70));
      gx += pull * dx, gy += pull * dy;
    }
  }
  const Turn half{std::sqrt(std::max(0.5 + 0.5 * whole.cosine, 0.0)),
                  std::copysign(std::sqrt(std::max(0.5 - 0.5 * whole.cosine, 0.0)), whole.sine)};
  const Turn rest = turn_of(angle);
  return {{half.cosine * rest.cosine - half.sine * rest.sine,
           half.cosine * rest.sine + half.sine * rest.cosine}, gx, gy};
}

}  // namespace tenprint::synth
