// The body of every kernel, compiled once per instruction set; the including file defines the
// vector V of kWidth floats, kVectors (how many of them share a weight), dot and pair.
//
// No standard library here: an inline function of it compiled with AVX-512 could be the copy the
// linker keeps for everybody.

namespace tenprint::leader {
namespace {

constexpr int kPerRow = kTileColumns / kWidth;
constexpr int kPerTile = kTilePixels / kWidth;
constexpr float kEpsilon = 1e-3f;  // Keras' layer normalisation

// x times the normal distribution function: 0.5 + x * p(x^2) on [-limit, limit], p a minimax
// polynomial fitted to erf. Errors: 2e-6 in float32; 4e-4 where bfloat16 rounds more anyway.
inline V gelu(V x) {
  constexpr float limit = kBfloat16 ? 4.0f : 5.0f;
  const V bounded = max(min(x, set(limit)), set(-limit));
  const V s = fma(bounded * bounded, set(2 / (limit * limit)), set(-1.0f));
  V p;
  if constexpr (kBfloat16) {
    constexpr float c[] = {-0.00272899707f, 0.00821126578f, -0.0132600035f, 0.0216217295f,
                           -0.0364953679f,  0.056050803f,   -0.0843574709f, 0.175947751f};
    p = set(c[0]);
    for (int i = 1; i < 8; i++) p = fma(p, s, set(c[i]));
  } else {
    constexpr float c[] = {0.000492976244f, -0.0015141591f, 0.00200184637f, -0.0029156608f,
                           0.00616543808f,  -0.0109732415f, 0.0164976572f,  -0.0233367279f,
                           0.0314262278f,   -0.0404329497f, 0.0515214212f,  -0.0702966524f,
                           0.14136378f};
    p = set(c[0]);
    for (int i = 1; i < 13; i++) p = fma(p, s, set(c[i]));
  }
  return x * fma(bounded, p, set(0.5f));
}

inline V sigmoid(V x) {
  const V t = max(min(x, set(80.0f)), set(-80.0f)) * set(-1.44269504f);
  const V whole = (t + set(12582912.0f)) - set(12582912.0f);
  const V f = t - whole;
  V p = set(1.53530e-4f);  // 2^f on [-0.5, 0.5]
  constexpr float c[] = {1.33989e-3f, 9.618437e-3f, 5.550332677e-2f, 0.24022651f, 0.69314718f, 1.0f};
  for (float a : c) p = fma(p, f, set(a));
  return set(1.0f) / fma(p, power2(whole), set(1.0f));
}

// Where the vectors of a tile start in a map.
inline const float* start(const Map& map, const Tile& tile, int vector) {
  return map.at(0, tile.y + vector / kPerRow, tile.x + vector % kPerRow * kWidth);
}

template <int R, bool kWords>
inline void accumulate(V (&sum)[kVectors][R], const float* const (&from)[kVectors], long step,
                       int count, const float*& weights) {
  const float* a[kVectors];
  for (int v = 0; v < kVectors; v++) a[v] = from[v];
  for (int k = 0; k < count; k++, weights += R) {
    V x[kVectors];
    for (int v = 0; v < kVectors; v++) {
      x[v] = load(a[v]);
      a[v] += step;
    }
    for (int r = 0; r < R; r++) {
      const V w = set(weights[r]);
      for (int v = 0; v < kVectors; v++)
        sum[v][r] = kWords ? dot(sum[v][r], x[v], w) : fma(x[v], w, sum[v][r]);
    }
  }
}

// One block of R outputs for the whole tile. `feed(sum, vector, weights)` adds the products,
// `take(sum, vector, first output)` uses them.
template <int R, class Feed, class Take>
inline void block(const Gemm& g, int first, const float* packed, Feed&& feed, Take&& take) {
  for (int vector = 0; vector < kPerTile; vector += kVectors) {
    V sum[kVectors][R];
    for (int r = 0; r < R; r++)
      for (int v = 0; v < kVectors; v++) sum[v][r] = set(g.bias[first + r]);
    const float* weights = packed;
    feed(sum, vector, weights);
    for (int v = 0; v < kVectors; v++) take(sum[v], vector + v, first);
  }
}

template <class Feed, class Take>
inline void multiply(const Gemm& g, Feed&& feed, Take&& take) {
  const float* packed = g.packed;
  const long inputs = g.floats + g.words;
  int first = 0;
  for (; first + kBlock <= g.outputs; first += kBlock, packed += kBlock * inputs)
    block<kBlock>(g, first, packed, feed, take);
  switch (g.outputs - first) {
    case 1: return block<1>(g, first, packed, feed, take);
    case 2: return block<2>(g, first, packed, feed, take);
    case 3: return block<3>(g, first, packed, feed, take);
    case 4: return block<4>(g, first, packed, feed, take);
    case 5: return block<5>(g, first, packed, feed, take);
  }
}

// Products with a dense block [inputs][64].
template <bool kWords>
struct Dense {
  const float* data;
  int count;
  template <int R>
  void operator()(V (&sum)[kVectors][R], int vector, const float*& weights) const {
    const float* from[kVectors];
    for (int v = 0; v < kVectors; v++) from[v] = data + (vector + v) * kWidth;
    accumulate<R, kWords>(sum, from, kTilePixels, count, weights);
  }
};

// Products with a tile of a map, moved by (dy, dx).
template <bool kWords>
struct Mapped {
  const Map& map;
  const Tile& tile;
  int count, dy, dx;
  template <int R>
  void operator()(V (&sum)[kVectors][R], int vector, const float*& weights) const {
    const float* from[kVectors];
    for (int v = 0; v < kVectors; v++)
      from[v] = start(map, tile, vector + v) + static_cast<long>(dy) * map.stride + dx;
    accumulate<R, kWords>(sum, from, map.plane, count, weights);
  }
};

// What to do with sums: into a dense block as they are, or GELU and into words.
struct TakeFloats {
  float* out;
  template <int R>
  void operator()(const V (&sum)[R], int vector, int first) const {
    for (int r = 0; r < R; r++) store(out + (first + r) * kTilePixels + vector * kWidth, sum[r]);
  }
};

struct TakeGelu {
  float* out;
  template <int R>
  void operator()(const V (&sum)[R], int vector, int first) const {
    if constexpr (kBfloat16) {
      for (int r = 0; r + 1 < R; r += 2)  // hidden channels are even in number, and kBlock is even
        store(out + (first + r) / 2 * kTilePixels + vector * kWidth,
              pair(gelu(sum[r]), gelu(sum[r + 1])));
    } else {
      for (int r = 0; r < R; r++)
        store(out + (first + r) * kTilePixels + vector * kWidth, gelu(sum[r]));
    }
  }
};

template <int K>
void depthwise(const float* weights, int channels, const Map& in, const Tile& tile, float* out) {
  constexpr int reach = K / 2;
  for (int c = 0; c < channels; c++, weights += K * K)
    for (int column = 0; column < kPerRow; column++) {
      V sum[kTileRows];
      for (auto& s : sum) s = set(0.0f);
      const float* from = in.at(c, tile.y - reach, tile.x + column * kWidth - reach);
      for (int kx = 0; kx < K; kx++) {
        V w[K];
        for (int ky = 0; ky < K; ky++) w[ky] = set(weights[kx * K + ky]);
#pragma GCC unroll 10
        for (int row = 0; row < kTileRows + K - 1; row++) {
          const V x = load(from + static_cast<long>(row) * in.stride + kx);
#pragma GCC unroll 4
          for (int o = 0; o < kTileRows; o++)
            if (row >= o && row - o < K) sum[o] = fma(x, w[row - o], sum[o]);
        }
      }
      for (int o = 0; o < kTileRows; o++)
        store(out + c * kTilePixels + (o * kPerRow + column) * kWidth, sum[o]);
    }
}

struct Moments {
  V mean, scale;  // scale: 1 / sqrt(variance + epsilon)
};

inline Moments moments(const float* data, int channels) {
  V sum = set(0.0f), squares = set(0.0f);
  for (int c = 0; c < channels; c++) sum = sum + load(data + c * kTilePixels);
  const V mean = sum * set(1.0f / static_cast<float>(channels));
  for (int c = 0; c < channels; c++) {
    const V d = load(data + c * kTilePixels) - mean;
    squares = fma(d, d, squares);
  }
  const V variance = squares * set(1.0f / static_cast<float>(channels));
  return {mean, set(1.0f) / root(variance + set(kEpsilon))};
}

// Layer norm over the channels of a dense block, in place; the result as words.
void normalise(float* data, int channels) {
  for (int vector = 0; vector < kPerTile; vector++) {
    float* p = data + vector * kWidth;
    const Moments m = moments(p, channels);
    if constexpr (kBfloat16) {
      for (int c = 0; c < channels; c += 2) {
        const V low = (load(p + c * kTilePixels) - m.mean) * m.scale;
        const V high = c + 1 < channels ? (load(p + (c + 1) * kTilePixels) - m.mean) * m.scale : set(0.0f);
        store(p + c / 2 * kTilePixels, pair(low, high));
      }
    } else {
      for (int c = 0; c < channels; c++)
        store(p + c * kTilePixels, (load(p + c * kTilePixels) - m.mean) * m.scale);
    }
  }
}

// Layer norm with its own scale and shift, then GELU, in place.
void normalise_gelu(float* data, int channels, const float* scale, const float* shift) {
  for (int vector = 0; vector < kPerTile; vector++) {
    float* p = data + vector * kWidth;
    const Moments m = moments(p, channels);
    for (int c = 0; c < channels; c++) {
      const V x = (load(p + c * kTilePixels) - m.mean) * m.scale;
      store(p + c * kTilePixels, gelu(fma(x, set(scale[c]), set(shift[c]))));
    }
  }
}

// A dense block into the tile of a map, `up`: into the map of twice the size, every pixel fourfold.
void put(const float* data, int channels, const Map& out, bool up, const Tile& tile) {
  for (int c = 0; c < channels; c++)
    for (int row = 0; row < tile.rows; row++) {
      const float* from = data + c * kTilePixels + row * kTileColumns;
      if (up) {
        float* to = out.at(c, 2 * (tile.y + row), 2 * tile.x);
        for (int i = 0; i < tile.n; i++) to[2 * i] = to[2 * i + 1] = from[i];
        __builtin_memcpy(to + out.stride, to, 2 * sizeof(float) * static_cast<unsigned long>(tile.n));
      } else if (tile.n == kTileColumns) {
        __builtin_memcpy(out.at(c, tile.y + row, tile.x), from, sizeof(float) * kTileColumns);
      } else {
        __builtin_memcpy(out.at(c, tile.y + row, tile.x), from, sizeof(float) * static_cast<unsigned long>(tile.n));
      }
    }
}

// The 25 taps around 16 x 4 full-resolution pixels, ordered by phase (odd or even row, column), so
// that the four pixels that are pooled together lie in the same lane of four vectors.
void gather(const Map& image, int y, int x, int dilation, float* out) {
  for (int ky = -2; ky <= 2; ky++)
    for (int kx = -2; kx <= 2; kx++)
      for (int dy = 0; dy < 2; dy++)
        for (int dx = 0; dx < 2; dx++, out += kTileColumns) {
          const int column = dx + kx * dilation;
          const float* from = image.at(column & 1, 2 * y + dy + ky * dilation, x + (column >> 1));
          __builtin_memcpy(out, from, sizeof(float) * kTileColumns);
        }
}

void stem(const Stem& s, const Map& image, const Map& out, const Tile& tile, float* scratch) {
  const int channels = 2 * s.near.outputs;
  float* taps = scratch;
  float* block = scratch + 25 * kTilePixels;
  for (int row = 0; row < tile.rows; row++) {
    gather(image, tile.y + row, tile.x, 1, taps);
    multiply(s.near, Dense<false>{taps, 25}, TakeFloats{block});
    gather(image, tile.y + row, tile.x, 2, taps);
    multiply(s.far, Dense<false>{taps, 25}, TakeFloats{block + s.near.outputs * kTilePixels});
    normalise_gelu(block, channels, s.scale, s.shift);
    for (int c = 0; c < channels; c++) {
      const float* p = block + c * kTilePixels;
      float pooled[kTileColumns];
      for (int i = 0; i < kTileColumns; i += kWidth) {
        const V a = load(p + i), b = load(p + i + 16), d = load(p + i + 32), e = load(p + i + 48);
        store(pooled + i, s.max_pooling ? max(max(a, b), max(d, e)) : ((a + b) + (d + e)) * set(0.25f));
      }
      __builtin_memcpy(out.at(c, tile.y + row, tile.x), pooled, sizeof(float) * static_cast<unsigned long>(tile.n));
    }
  }
}

void separable(const Separable& s, const Map& in, const Map& out, bool up, const Tile& tile, float* scratch) {
  float* result = scratch + s.channels * kTilePixels;
  depthwise<5>(s.depthwise, s.channels, in, tile, scratch);
  multiply(s.pointwise, Dense<false>{scratch, s.channels}, TakeFloats{result});
  normalise_gelu(result, s.pointwise.outputs, s.scale, s.shift);
  put(result, s.pointwise.outputs, out, up, tile);
}

void to_words(const Map& in, const Map& out, int channels, const Tile& tile) {
  for (int c = 0; c < channels; c += 2)
    for (int row = 0; row < tile.rows; row++)
      for (int i = 0; i < kTileColumns; i += kWidth)
        store(out.at(c / 2, tile.y + row, tile.x + i),
              pair(load(in.at(c, tile.y + row, tile.x + i)), load(in.at(c + 1, tile.y + row, tile.x + i))));
}

void attention(const Attention& a, const Map& words, const Map& in, const Map& out, const Tile& tile, float* scratch) {
  constexpr int dilations[3] = {1, 3, 6};
  float* seen = scratch;
  for (int i = 0; i < 3; i++) {
    const Gemm& g = a.seen[i];
    const int count = g.words / 9, d = dilations[i];
    auto taps = [&](auto& sum, int vector, const float*& weights) {
      for (int ky = -d; ky <= d; ky += d)
        for (int kx = -d; kx <= d; kx += d)
          Mapped<true>{words, tile, count, ky, kx}(sum, vector, weights);
    };
    multiply(g, taps, TakeGelu{seen});
    seen += (kBfloat16 ? g.outputs / 2 : g.outputs) * kTilePixels;
  }
  multiply(a.gate, Dense<true>{scratch, a.gate.words}, [&](auto& sum, int vector, int first) {
    int channel = first;
    for (const V& s : sum) {
      const V x = load(start(in, tile, vector) + channel * in.plane);
      store(seen + channel++ * kTilePixels + vector * kWidth, x * sigmoid(s));
    }
  });
  put(seen, a.gate.outputs, out, false, tile);
}

// Returns where in scratch the result lies.
float* bottleneck_block(const Bottleneck& b, const Map& in, const Tile& tile, float* scratch) {
  float* hidden = scratch + b.channels * kTilePixels;
  depthwise<7>(b.depthwise, b.channels, in, tile, scratch);
  normalise(scratch, b.channels);
  multiply(b.expand, Dense<true>{scratch, b.expand.words}, TakeGelu{hidden});
  float* result = hidden + b.expand.outputs * kTilePixels;
  auto both = [&](auto& sum, int vector, const float*& weights) {
    Mapped<false>{in, tile, b.reduce.floats, 0, 0}(sum, vector, weights);
    Dense<true>{hidden, b.reduce.words}(sum, vector, weights);
  };
  multiply(b.reduce, both, TakeFloats{result});
  return result;
}

void bottleneck(const Bottleneck& b, const Map& in, const Map& out, bool up, const Tile& tile, float* scratch) {
  put(bottleneck_block(b, in, tile, scratch), b.reduce.outputs, out, up, tile);
}

void head(const Head& h, const Map& in, const Map& out, const Tile& tile, float* scratch) {
  float* four = bottleneck_block(h.bottleneck, in, tile, scratch);
  for (int vector = 0; vector < kPerTile; vector++) {
    float* p = four + vector * kWidth;
    const Moments m = moments(p, 4);
    V x[4];
    for (int c = 0; c < 4; c++) x[c] = (load(p + c * kTilePixels) - m.mean) * m.scale;
    for (int o = 0; o < 4; o++) {
      V sum = set(h.bias[o]);
      for (int c = 0; c < 4; c++) sum = fma(x[c], set(h.mix[4 * c + o]), sum);
      store(p + o * kTilePixels, gelu(sum));
    }
  }
  put(four, 4, out, false, tile);
}

void position(const float* weights, float bias, const Map& in, const Map& out, const Tile& tile) {
  for (int row = 0; row < tile.rows; row++)
    for (int dy = 0; dy < 2; dy++) {
      float value[2][kTileColumns];
      for (int dx = 0; dx < 2; dx++)
        for (int i = 0; i < kTileColumns; i += kWidth) {
          const float* w = weights + (2 * dy + dx) * 36;
          V sum = set(bias);
          for (int ky = -1; ky <= 1; ky++)
            for (int kx = -1; kx <= 1; kx++)
              for (int c = 0; c < 4; c++)
                sum = fma(load(in.at(c, tile.y + row + ky, tile.x + i + kx)), set(*w++), sum);
          store(value[dx] + i, sigmoid(sum));
        }
      float* to = out.at(0, 2 * (tile.y + row) + dy, 2 * tile.x);
      for (int i = 0; i < tile.n; i++) {
        to[2 * i] = value[0][i];
        to[2 * i + 1] = value[1][i];
      }
    }
}

void down(const Map& in, int from, const Map& out, int to, bool maximum, int height, int width) {
  for (int y = 0; y < height; y++) {
    const float* __restrict a = in.at(from, 2 * y, 0);
    const float* __restrict b = in.at(from, 2 * y + 1, 0);
    float* __restrict o = out.at(to, y, 0);
    if (maximum) {
      for (int x = 0; x < width; x++) {
        const float p = a[2 * x] > a[2 * x + 1] ? a[2 * x] : a[2 * x + 1];
        const float q = b[2 * x] > b[2 * x + 1] ? b[2 * x] : b[2 * x + 1];
        o[x] = p > q ? p : q;
      }
    } else {
      for (int x = 0; x < width; x++)
        o[x] = ((a[2 * x] + a[2 * x + 1]) + (b[2 * x] + b[2 * x + 1])) * 0.25f;
    }
  }
}

constexpr Kernels kTable = {kBfloat16, stem, separable, to_words, attention, bottleneck, head, position, down};

}  // namespace
}  // namespace tenprint::leader
