// Smooth fields and elastic resampling, in plain float32 arithmetic in a fixed order.
#pragma once

#include <cstdint>

namespace tenprint::synth {

// A uniform cubic B-spline surface: coefficient (0, 0) sits one knot before pixel (0, 0), knots lie
// `step` pixels apart. Needs rows >= floor((height - 1) / step) + 4 coefficients, columns alike.
void spline(const float* coefficients, int columns, float step, float* out, int height, int width);

// out(y, x) = image at the place that `x_from`, `y_from` (knots `step` pixels apart, bilinear between
// them) name, by Catmull-Rom interpolation; `outside` where the place is not inside the image.
void warp(const int16_t* image, int image_height, int image_width, const float* x_from,
          const float* y_from, int columns, int step, float outside, float* out, int height,
          int width);

}  // namespace tenprint::synth
