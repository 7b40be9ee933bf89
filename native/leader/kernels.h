// The network's kernels: one table of functions per instruction set, all from kernels_impl.h.
//
// Feature maps are planar (one plane a channel, float32) with zeros around them. Work is done in
// tiles of 4 rows x 16 pixels; inside a kernel a tile is a dense block [channel][64].
#pragma once

namespace tenprint::leader {

inline constexpr int kTileRows = 4;
inline constexpr int kTileColumns = 16;
inline constexpr int kTilePixels = kTileRows * kTileColumns;

// Zeros kept around every map: the widest reach is 6 pixels (attention), and kernels may read a
// whole tile where only part of it is used.
inline constexpr int kMargin = 8;

// Outputs of a matrix product are computed in blocks of this many channels.
inline constexpr int kBlock = 6;

struct Map {
  float* origin;  // pixel (0, 0) of channel 0
  long plane;     // floats from one channel to the next
  int stride;     // floats from one row to the next
  float* at(int channel, int y, int x) const { return origin + channel * plane + static_cast<long>(y) * stride + x; }
};

// rows x n pixels of a map, at most kTileRows x kTileColumns.
struct Tile {
  int y, x, rows, n;
};

// A packed matrix. Blocks of kBlock outputs one after another, the last one narrower; in a block
// first `floats` input channels in float32, then `words`: pairs of bfloat16, or float32 again.
struct Gemm {
  int outputs = 0, floats = 0, words = 0;
  const float* packed = nullptr;
  const float* bias = nullptr;
};

struct Stem {
  Gemm near, far;  // the plain and the dilated 5x5 convolution
  const float *scale, *shift;
  bool max_pooling;
};

struct Separable {
  int channels;
  const float* depthwise;  // [channel][column][row] of 5x5
  Gemm pointwise;
  const float *scale, *shift;
};

struct Attention {
  Gemm seen[3];  // dilations 1, 3, 6; inputs [tap][channel]
  Gemm gate;
};

// depthwise 7x7, layer norm, expand, GELU, reduce; residual and last 1x1 are merged into `reduce`:
// its float inputs are the bottleneck's own input, its words the hidden channels.
struct Bottleneck {
  int channels;
  const float* depthwise;  // [channel][column][row] of 7x7
  Gemm expand, reduce;
};

struct Head {
  Bottleneck bottleneck;
  const float* mix;   // [4 inputs][4 outputs]
  const float* bias;  // [4]
};

struct Kernels {
  bool bfloat16;
  // Full-resolution image (channel 0 its even columns, 1 its odd ones) to half resolution.
  void (*stem)(const Stem&, const Map& image, const Map& out, const Tile&, float* scratch);
  void (*separable)(const Separable&, const Map& in, const Map& out, bool up, const Tile&, float* scratch);
  // Copies channels as words: pairs of bfloat16 where the kernels use them.
  void (*to_words)(const Map& in, const Map& out, int channels, const Tile&);
  void (*attention)(const Attention&, const Map& words, const Map& in, const Map& out, const Tile&, float* scratch);
  void (*bottleneck)(const Bottleneck&, const Map& in, const Map& out, bool up, const Tile&, float* scratch);
  void (*head)(const Head&, const Map& in, const Map& out, const Tile&, float* scratch);
  // Probability map at full resolution from the position head's channels; weights [phase][tap][4].
  void (*position)(const float* weights, float bias, const Map& in, const Map& out, const Tile&);
  // Halves a plane, by the maximum or by the mean.
  void (*down)(const Map& in, int from, const Map& out, int to, bool maximum, int height, int width);
};

// Floats of scratch that any kernel needs.
inline constexpr long kScratch = 1L << 17;

const Kernels& portable_kernels();
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
const Kernels& avx512bf16_kernels();

}  // namespace tenprint::leader
