// The body of the aggregation and the projection. Included once by each encoder_*.cpp, which names
// the instruction set; sums have a fixed order, so that every set gives the same bits.
#include <cmath>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

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

// A bit for each lane of v that is above the bound.
inline uint32_t above(vf v, float bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(v), _mm512_set1_ps(bound), _CMP_GT_OQ);
#elif defined(__AVX2__)
  return static_cast<uint32_t>(_mm256_movemask_ps(
      _mm256_cmp_ps(reinterpret_cast<__m256>(v), _mm256_set1_ps(bound), _CMP_GT_OQ)));
#else
  uint32_t mask = 0;
  for (int l = 0; l < kWide; ++l) mask |= static_cast<uint32_t>(v[l] > bound) << l;
  return mask;
#endif
}

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
  // Two sums, so that an addition need not wait for the one before.
  vf even[kShape / kWide], odd[kShape / kWide];
  for (int v = 0; v < kShape / kWide; ++v) {
    even[v] = load(model.shape_zero.data() + v * kWide);
    odd[v] = vf{};
  }
  for (int w = 0; w < match::kWords; ++w)
    for (uint32_t word = block.bits[w][lane]; word; word &= word - 1) {
      const float* row = model.shape.data() + (w * 32 + __builtin_ctz(word)) * kShape;
      for (int v = 0; v < kShape / kWide; ++v) even[v] += load(row + v * kWide);
      if (!(word &= word - 1)) break;
      row = model.shape.data() + (w * 32 + __builtin_ctz(word)) * kShape;
      for (int v = 0; v < kShape / kWide; ++v) odd[v] += load(row + v * kWide);
    }
  for (int v = 0; v < kShape / kWide; ++v) store(features + v * kWide, even[v] + odd[v]);
  features[kShape] = match::kCos[block.angle[lane]];
  features[kShape + 1] = match::kSin[block.angle[lane]];
  features[kShape + 2] = x;
  features[kShape + 3] = y;
}

// The components that have a share in the minutia, into work.near, and their shares, into
// work.likelihood. Returns how many.
int shares(const CodeModel& model, Scratch& work) {
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
  vf top = sum[0];
  for (int v = 1; v < kVectors; ++v) top = sum[v] > top ? sum[v] : top;
  float best = top[0], total = 0;
  for (int l = 1; l < kWide; ++l) best = top[l] > best ? top[l] : best;
  // Far below the best one, a component's share would be left out anyway: few are looked at.
  int near = 0;
  for (int v = 0; v < kVectors; ++v)
    for (uint32_t mask = above(sum[v], best - 12.0f); mask; mask &= mask - 1) {
      const int k = v * kWide + __builtin_ctz(mask);
      work.likelihood[near] = power_of_e(work.likelihood[k] - best);
      total += work.likelihood[near];
      work.near[near++] = k;
    }
  const float inverse = 1.0f / total;
  for (int n = 0; n < near; ++n) work.likelihood[n] *= inverse;
  return near;
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
    const int near = shares(model, work);
    total += weight;
    for (int n = 0; n < near; ++n) {
      if (work.likelihood[n] < kLeastShare) continue;
      const int c = work.near[n];
      const float part = work.likelihood[n] * weight;
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
constexpr int kStrip = kWide == 16 ? 3 : 1;

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
