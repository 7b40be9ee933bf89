#include "synth/warp.h"

#include <cmath>
#include <vector>

namespace tenprint::synth {
namespace {

struct Cubic {
  int first;
  float weight[4];
};

Cubic b_spline(float position) {
  const int first = static_cast<int>(position);
  const float t = position - static_cast<float>(first), u = 1.0f - t;
  const float t2 = t * t, t3 = t2 * t;
  return {first,
          {u * u * u / 6.0f, (3.0f * t3 - 6.0f * t2 + 4.0f) / 6.0f,
           (-3.0f * t3 + 3.0f * t2 + 3.0f * t + 1.0f) / 6.0f, t3 / 6.0f}};
}

void catmull_rom(float t, float* weight) {
  const float t2 = t * t, t3 = t2 * t;
  weight[0] = 0.5f * (-t3 + 2.0f * t2 - t);
  weight[1] = 0.5f * (3.0f * t3 - 5.0f * t2 + 2.0f);
  weight[2] = 0.5f * (-3.0f * t3 + 4.0f * t2 + t);
  weight[3] = 0.5f * (t3 - t2);
}

}  // namespace

void spline(const float* coefficients, int columns, float step, float* out, int height,
            int width) {
  std::vector<Cubic> across(static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) across[x] = b_spline(static_cast<float>(x) / step);
  std::vector<float> line(static_cast<std::size_t>(columns));
  for (int y = 0; y < height; ++y) {
    const Cubic down = b_spline(static_cast<float>(y) / step);
    const float* c = coefficients + static_cast<std::ptrdiff_t>(down.first) * columns;
    for (int k = 0; k < columns; ++k)
      line[k] = down.weight[0] * c[k] + down.weight[1] * c[k + columns] +
                down.weight[2] * c[k + 2 * columns] + down.weight[3] * c[k + 3 * columns];
    float* row = out + static_cast<std::ptrdiff_t>(y) * width;
    for (int x = 0; x < width; ++x) {
      const Cubic& w = across[x];
      const float* p = line.data() + w.first;
      row[x] = w.weight[0] * p[0] + w.weight[1] * p[1] + w.weight[2] * p[2] + w.weight[3] * p[3];
    }
  }
}

void warp(const int16_t* image, int image_height, int image_width, const float* x_from,
          const float* y_from, int columns, int step, float outside, float* out, int height,
          int width) {
  const float inverse = 1.0f / static_cast<float>(step);
  for (int y = 0; y < height; ++y) {
    const std::ptrdiff_t top = static_cast<std::ptrdiff_t>(y / step) * columns;
    const float v = static_cast<float>(y % step) * inverse;
    for (int x = 0; x < width; ++x) {
      const std::ptrdiff_t k = top + x / step;
      const float u = static_cast<float>(x % step) * inverse;
      const auto between = [&](const float* g) {
        const float upper = g[k] + u * (g[k + 1] - g[k]);
        const float lower = g[k + columns] + u * (g[k + columns + 1] - g[k + columns]);
        return upper + v * (lower - upper);
      };
      const float sx = between(x_from), sy = between(y_from);
      float& target = out[static_cast<std::ptrdiff_t>(y) * width + x];
      // Also false where a place is not a number.
      if (!(sx >= 1.0f && sy >= 1.0f && sx < static_cast<float>(image_width - 2) &&
            sy < static_cast<float>(image_height - 2))) {
        target = outside;
        continue;
      }
      const int ix = static_cast<int>(sx), iy = static_cast<int>(sy);
      float wx[4], wy[4];
      catmull_rom(sx - static_cast<float>(ix), wx);
      catmull_rom(sy - static_cast<float>(iy), wy);
      const int16_t* p = image + static_cast<std::ptrdiff_t>(iy - 1) * image_width + ix - 1;
      float sum = 0.0f;
      for (int r = 0; r < 4; ++r, p += image_width)
        sum += wy[r] * (wx[0] * p[0] + wx[1] * p[1] + wx[2] * p[2] + wx[3] * p[3]);
      target = sum;
    }
  }
}

}  // namespace tenprint::synth
