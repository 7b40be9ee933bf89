// A finger's fixed-length code: the local descriptors of a template, aggregated to one vector
// (Fisher vector: F. Perronnin, J. Sanchez & T. Mensink, "Improving the Fisher kernel for
// large-scale image classification", ECCV 2010), projected, and product-quantised with four bits a
// part (H. Jegou, M. Douze & C. Schmid, "Product quantization for nearest neighbor search", 2011).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "match/prepared.h"

namespace tenprint::code {

constexpr int kBits = 312;                 // of a minutia's descriptor
constexpr int kShape = 48;                 // principal components kept of it
constexpr int kFeatures = kShape + 4;      // and direction (cosine, sine) and place (x, y)
constexpr int kPadded = 64;                // features, filled up to whole registers
constexpr int kComponents = 64;            // Gaussians of the mixture
constexpr int kFisher = kComponents * kFeatures + kComponents;
constexpr int kDimensions = 192;           // of the projected vector
constexpr int kParts = 48;                 // of the code, four bits each
constexpr int kPartSize = kDimensions / kParts;
constexpr int kCentroids = 15;             // a part; index 15 says that there is no finger
constexpr int kAbsent = 15;
constexpr int kCodeBytes = kParts / 2;
constexpr int kBatch = 8;                  // templates projected together

// The trained numbers, laid out for the kernels.
struct CodeModel {
  std::vector<float> shape;       // [kBits][kShape]: what a set bit adds
  std::vector<float> shape_zero;  // [kShape]: where no bit is set
  std::vector<float> linear;      // [kFeatures][kComponents]: mean / variance
  std::vector<float> square;      // [kFeatures][kComponents]: -1 / (2 variance)
  std::vector<float> constant;    // [kComponents]
  std::vector<float> mean;        // [kComponents][kPadded]
  std::vector<float> scale;       // [kComponents][kPadded]: 1 / (deviation sqrt(share))
  std::vector<float> share;       // [kComponents]: sums to 1
  std::vector<float> count_scale; // [kComponents]: 1 / sqrt(share)
  std::vector<float> projection;  // [kFisher][kDimensions]
  std::vector<float> offset;      // [kDimensions]: subtracted after projection
  std::vector<float> centroids;   // [kParts][kCentroids][kPartSize]
};

struct alignas(64) Scratch {
  float features[kPadded];
  float likelihood[kComponents];
  int near[kComponents];
  float sums[kComponents][kPadded];
  float counts[kComponents];
  float fisher[kBatch][kFisher];
  float vectors[kBatch][kDimensions];
};

struct Encoder {
  // The Fisher vector of a template of one or more minutiae, of length 1; false where it is zero.
  bool (*aggregate)(const match::Prepared& print, const CodeModel& model, Scratch& work,
                    float* fisher);
  // kBatch Fisher vectors to kBatch projected vectors of length 1.
  void (*project)(const CodeModel& model, Scratch& work);
};

extern const Encoder kPortable;
extern const Encoder kAvx2;
extern const Encoder kAvx512;
const Encoder& encoder();

// The nearest centroid of each part, packed: byte b holds part 2b in its low and 2b + 1 in its
// high four bits. Ties go to the lower index.
void quantise(const CodeModel& model, const float* vector, uint8_t* code);

// Codes of packed records data[from[k] .. to[k]]. `vectors` (n x kDimensions) and `codes`
// (n x kCodeBytes) may be null. A record without minutiae gets a zero vector and the absent code.
// Returns the first record that cannot be read, or n.
std::size_t encode(const CodeModel& model, const uint8_t* data, const int64_t* from,
                   const int64_t* to, std::size_t n, int threads, float* vectors, uint8_t* codes);

// The Fisher vectors (n x kFisher) alone, for training; the first record that cannot be read, or n.
std::size_t aggregate_all(const CodeModel& model, const uint8_t* data, const int64_t* from,
                          const int64_t* to, std::size_t n, float* fisher);

}  // namespace tenprint::code
