// The body of the aggregation and the projection. Included once by each encoder_*.cpp, which names
// the instruction set; sums have a fixed order, so that every set gives the same bits.
#include <cmath>
#include <cstring>

#include "code/code.h"

namespace tenprint::code {
namespace {

#if defined(__AVX512F__)
constexpr int kWide = 16;
#elif defined(__AVX2__)
constexpr int kWide = 8;
#else
constexpr int kWide = 4;
#endif
typedef float vf __attribute__((vector_size(4 * kWide), may_alias, aligned(4)));

inline vf load(const float* p) { return *reinterpret_cast<const vf*>(p); }
inline void store(float* p, vf v) { *reinterpret_cast<vf*>(p) = v; }
inline vf splat(float v) { return v - vf{}; }

// e to the power of x <= 0, relative error below 1e-6; 0 below -80. Plain arithmetic alone.
inline float power_of_e(float x) {
  if (x < -80.0f) return 0.0f;
  const float turns = x * 1.44269504f;
  const int whole = static_cast<int>(turns - 0.5f);   // towards zero: the nearest, as turns <= 0
  const float r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const uint32_t bits = static_cast<uint32_t>(whole + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

// Components with a smaller share in a minutia are left out of the sums.
constexpr float kLeastShare = 1e-3f;

// What one minutia looks like: its neighbourhood's principal components, direction and place.
void describe(const match::Block& block, int lane, float x, float y, const CodeModel& model,
              float* features) {
  vf shape[kShape / kWide];
  for (int v = 0; v < kShape / kWide; ++v) shape[v] = load(model.shape_zero.data() + v * kWide);
  for (int w = 0; w < match::kWords; ++w)
    for (uint32_t word = block.bits[w][lane]; word; word &= word - 1) {
      const float* row = model.shape.data() + (w * 32 + __builtin_ctz(word)) * kShape;
      for (int v = 0; v < kShape / kWide; ++v) shape[v] += load(row + v * kWide);
    }
  for (int v = 0; v < kShape / kWide; ++v) store(features + v * kWide, shape[v]);
  features[kShape] = match::kCos[block.angle[lane]];
  features[kShape + 1] = match::kSin[block.angle[lane]];
  features[kShape + 2] = x;
  features[kShape + 3] = y;
}

// Each component's share in the minutia, into work.likelihood.
void shares(const CodeModel& model, Scratch& work) {
  constexpr int kVectors = kComponents / kWide;
  vf sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = load(model.constant.data() + v * kWide);
  for (int d = 0; d < kFeatures; ++d) {
    const float x = work.features[d], square = x * x;
    const float *linear = model.linear.data() + d * kComponents,
                *quadratic = model.square.data() + d * kComponents;
    for (int v = 0; v < kVectors; ++v)
      sum[v] += x * load(linear + v * kWide) + square * load(quadratic + v * kWide);
  }
  for (int v = 0; v < kVectors; ++v) store(work.likelihood + v * kWide, sum[v]);
  float best = work.likelihood[0], total = 0;
  for (int k = 1; k < kComponents; ++k)
    best = work.likelihood[k] > best ? work.likelihood[k] : best;
  for (int k = 0; k < kComponents; ++k) {
    // Far below the best one, a component's share would be left out anyway.
    const float below = work.likelihood[k] - best;
    work.likelihood[k] = below < -12.0f ? 0.0f : power_of_e(below);
    total += work.likelihood[k];
  }
  for (int k = 0; k < kComponents; ++k) work.likelihood[k] /= total;
}

bool aggregate(const match::Prepared& print, const CodeModel& model, Scratch& work,
               float* fisher) {
  std::memset(work.sums, 0, sizeof work.sums);
  std::memset(work.counts, 0, sizeof work.counts);
  std::memset(work.features, 0, sizeof work.features);
  float all = 0, middle_x = 0, middle_y = 0, total = 0;
  for (int k = 0; k < print.count(); ++k) {
    const match::Block& block = print.data()[k / match::kLanes];
    const int lane = k % match::kLanes;
    const float weight = block.weight[lane] + 0.01f;
    middle_x += weight * block.x[lane];
    middle_y += weight * block.y[lane];
    all += weight;
  }
  if (print.count() == 0) return false;
  middle_x /= all;
  middle_y /= all;
  for (int k = 0; k < print.count(); ++k) {
    const match::Block& block = print.data()[k / match::kLanes];
    const int lane = k % match::kLanes;
    const float weight = block.weight[lane];
    if (weight <= 0) continue;
    describe(block, lane, (block.x[lane] - middle_x) * 0.01f, (block.y[lane] - middle_y) * 0.01f,
             model, work.features);
    shares(model, work);
    total += weight;
    for (int c = 0; c < kComponents; ++c) {
      if (work.likelihood[c] < kLeastShare) continue;
      const float part = work.likelihood[c] * weight;
      work.counts[c] += part;
      for (int at = 0; at < kPadded; at += kWide)
        store(work.sums[c] + at, load(work.sums[c] + at) + part * load(work.features + at));
    }
  }
  if (!(total > 0)) return false;
  // Square roots of the gradients (power normalisation), then length 1: the sum of their squares
  // is the sum of the gradients' magnitudes.
  float length = 0;
  for (int c = 0; c < kComponents; ++c) {
    const float *mean = model.mean.data() + c * kPadded, *scale = model.scale.data() + c * kPadded;
    for (int d = 0; d < kFeatures; ++d) {
      const float v = (work.sums[c][d] - work.counts[c] * mean[d]) * scale[d];
      const float size = std::fabs(v);
      work.sums[c][d] = size;
      fisher[c * kFeatures + d] = std::copysign(std::sqrt(size), v);
    }
    for (int d = 0; d < kFeatures; ++d) length += work.sums[c][d];
  }
  for (int c = 0; c < kComponents; ++c) {
    const float v = (work.counts[c] - model.share[c] * total) * model.count_scale[c];
    length += std::fabs(v);
    fisher[kComponents * kFeatures + c] = std::copysign(std::sqrt(std::fabs(v)), v);
  }
  if (!(length > 0)) return false;
  const float inverse = 1.0f / std::sqrt(length);
  for (int d = 0; d < kFisher; ++d) fisher[d] *= inverse;
  return true;
}

// A strip of kStrip registers of output for all prints of a batch at a time, so that each row of
// the matrix is read once for all of them.
constexpr int kStrip = kWide == 16 ? 6 : kWide == 8 ? 2 : 2;

void project(const CodeModel& model, Scratch& work) {
  for (int from = 0; from < kDimensions; from += kStrip * kWide) {
    vf sum[kBatch][kStrip];
    for (int b = 0; b < kBatch; ++b)
      for (int v = 0; v < kStrip; ++v) sum[b][v] = vf{};
    const float* row = model.projection.data() + from;
    for (int d = 0; d < kFisher; ++d, row += kDimensions)
      for (int v = 0; v < kStrip; ++v) {
        const vf weights = load(row + v * kWide);
        for (int b = 0; b < kBatch; ++b) sum[b][v] += work.fisher[b][d] * weights;
      }
    for (int b = 0; b < kBatch; ++b)
      for (int v = 0; v < kStrip; ++v)
        store(work.vectors[b] + from + v * kWide,
              sum[b][v] - load(model.offset.data() + from + v * kWide));
  }
  for (int b = 0; b < kBatch; ++b) {
    float length = 0;
    for (int d = 0; d < kDimensions; ++d) length += work.vectors[b][d] * work.vectors[b][d];
    const float inverse = length > 0 ? 1.0f / std::sqrt(length) : 0.0f;
    for (int d = 0; d < kDimensions; ++d) work.vectors[b][d] *= inverse;
  }
}

}  // namespace

#define TENPRINT_ENCODER {aggregate, project}
}  // namespace tenprint::code
