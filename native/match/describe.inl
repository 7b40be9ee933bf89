// Local descriptors: which (cell, direction) pairs around a minutia hold other minutiae. Part of
// kernel.inl. A neighbour reaches cells within 28 pixels, which lie in a window of 4 x 4 cells:
// only those are weighed, all of them, without a branch.
typedef double vd __attribute__((vector_size(32), may_alias));
typedef double vd_any __attribute__((vector_size(32), aligned(8), may_alias));
typedef int32_t vi4 __attribute__((vector_size(16), may_alias));
typedef float vb __attribute__((vector_size(4 * kBinsWide), may_alias));

constexpr int kWindow = 4;   // 56 pixels hold at most four cells, 17.5 apart
constexpr int kGridCells = kGrid * kGrid;

// A template's minutiae in planes, and those near the one that is described; lanes past the end
// are far from everything.
struct Scene {
  alignas(64) float x[kMaxBlocks * kLanes], y[kMaxBlocks * kLanes];
  alignas(64) int32_t angle[kMaxBlocks * kLanes];
  // One vector more, for what is written past the end.
  alignas(64) float dx[(kMaxBlocks + 1) * kLanes], dy[(kMaxBlocks + 1) * kLanes];
  alignas(64) int32_t turn[(kMaxBlocks + 1) * kLanes], window[(kMaxBlocks + 1) * kLanes];
  // The cells' centres turned with the minutia, relative to it, and what they hold.
  alignas(64) double px[kGridCells], py[kGridCells];
  alignas(64) vb cells[kGridCells];
  alignas(64) uint32_t place[kMaxMinutiae][kWindow * kWindow];
};

// Which directions of a cell exceed the threshold, as bits.
inline unsigned above(const vb& cell) {
#if defined(__AVX2__)
  const __m256 over = _mm256_cmp_ps(reinterpret_cast<const __m256&>(cell),
                                    _mm256_set1_ps(kThreshold), _CMP_GT_OQ);
  return static_cast<unsigned>(_mm256_movemask_ps(over)) & ((1u << kBins) - 1);
#elif defined(__SSE2__)
  const __m128 least = _mm_set1_ps(kThreshold);
  const float* bins = reinterpret_cast<const float*>(&cell);
  const int low = _mm_movemask_ps(_mm_cmpgt_ps(_mm_load_ps(bins), least));
  const int high = _mm_movemask_ps(_mm_cmpgt_ps(_mm_load_ps(bins + 4), least));
  return static_cast<unsigned>(low | high << 4) & ((1u << kBins) - 1);
#else
  unsigned bits = 0;
  for (int b = 0; b < kBins; ++b) bits |= static_cast<unsigned>(cell[b] > kThreshold) << b;
  return bits;
#endif
}

// Turns the cells' centres with the minutia; y grows downwards.
inline void place(const Cylinder& t, float cosine, float sine, Scene& at) {
  const double c = cosine, s = sine;
  for (int cell = 0; cell < kGridCells; cell += 4) {
    const vd x = *reinterpret_cast<const vd*>(&t.x[cell]), y = *reinterpret_cast<const vd*>(&t.y[cell]);
    *reinterpret_cast<vd*>(at.px + cell) = c * x + s * y;
    *reinterpret_cast<vd*>(at.py + cell) = -s * x + c * y;
  }
}

// Lists what is near minutia k, itself left out. Returns how many.
inline int look_around(int count, int k, Scene& at) {
  const float x = at.x[k], y = at.y[k];
  const int angle = at.angle[k];
  int near = 0;
#if defined(__AVX512F__)
  for (int other = 0; other < count; other += kLanes) {
    const vf dx = load(at.x + other) - x, dy = load(at.y + other) - y;
    const vi turn = (angle - load(at.angle + other)) & (kTurn - 1);
    __mmask16 close = _mm512_cmp_ps_mask(reinterpret_cast<__m512>(dx * dx + dy * dy),
                                         _mm512_set1_ps(kNear * kNear), _CMP_LE_OQ);
    if (other == k - k % kLanes) close &= static_cast<__mmask16>(~(1u << (k % kLanes)));
    _mm512_storeu_ps(at.dx + near, _mm512_maskz_compress_ps(close, reinterpret_cast<__m512>(dx)));
    _mm512_storeu_ps(at.dy + near, _mm512_maskz_compress_ps(close, reinterpret_cast<__m512>(dy)));
    _mm512_storeu_si512(at.turn + near,
                        _mm512_maskz_compress_epi32(close, reinterpret_cast<__m512i>(turn)));
    near += __builtin_popcount(close);
  }
#else
  for (int other = 0; other < count; ++other) {
    const float dx = at.x[other] - x, dy = at.y[other] - y;
    at.dx[near] = dx;
    at.dy[near] = dy;
    at.turn[near] = (angle - at.angle[other]) & (kTurn - 1);
    near += (dx * dx + dy * dy <= kNear * kNear) & (other != k);
  }
#endif
  return near;
}

// The first cell of the window along one axis, for neighbours `at` in the minutia's own frame.
inline vi first_cell(vf at) {
  constexpr float kPerPixel = static_cast<float>(1 / kStep);
  // Rounded up from (at - reach) in cells, a little early for rounding's sake; 8 keeps it positive.
  constexpr float kFirst = static_cast<float>(-kCellReach / kStep + (kGrid - 1) / 2.0 + 1 - 0.01 + 8);
  vi first = __builtin_convertvector(at * kPerPixel + kFirst, vi) - 8;
  first = first > 0 ? first : vi{};
  return first < kGrid - kWindow ? first : splat(int32_t{kGrid - kWindow});
}

// Finds each neighbour's window.
inline void open_windows(int near, float c, float s, Scene& at) {
  for (int l = 0; l < kWide; ++l) at.dx[near + l] = at.dy[near + l] = 0;
  for (int n = 0; n < near; n += kWide) {
    const vf dx = load(at.dx + n), dy = load(at.dy + n);
    store(at.window + n, first_cell(c * dx - s * dy) * kGrid + first_cell(s * dx + c * dy));
  }
}

// The squared distances of neighbour n from its window's cells, as places in the spatial table.
// Apart from `add`, so that the processor works on several neighbours at once.
inline void measure(int n, Scene& at) {
  const double nx = at.dx[n], ny = at.dy[n];
  const double *px = at.px + at.window[n], *py = at.py + at.window[n];
  for (int r = 0; r < kWindow; ++r) {
    const vd x = nx - *reinterpret_cast<const vd_any*>(px + r * kGrid);
    const vd y = ny - *reinterpret_cast<const vd_any*>(py + r * kGrid);
    const vd d2 = x * x + y * y, beyond = vd{} + (kCellReach2 + 1.0);
    const vd held = d2 <= static_cast<double>(kCellReach2) ? d2 : beyond;
    *reinterpret_cast<vi4*>(at.place[n] + r * kWindow) = __builtin_convertvector(held, vi4);
  }
}

// Adds the contributions of neighbour n.
inline void add(const Cylinder& t, int n, Scene& at) {
  const vb direction = *reinterpret_cast<const vb*>(t.direction[at.turn[n]].data());
  const uint32_t* place = at.place[n];
  vb* cells = at.cells + at.window[n];
  for (int r = 0; r < kWindow; ++r)
    for (int q = 0; q < kWindow; ++q)
      cells[r * kGrid + q] += t.spatial[place[r * kWindow + q]] * direction;
}

// The descriptor as words; the cells used are empty afterwards. Returns how many bits are set.
inline int take_bits(const Cylinder& t, vb* cells, uint32_t* words) {
  uint64_t pending = 0;
  int filled = 0, word = 0, ones = 0;
  const auto flush = [&] {
    words[word++] = static_cast<uint32_t>(pending);
    ones += __builtin_popcount(static_cast<uint32_t>(pending));
    pending >>= 32;
    filled -= 32;
  };
  for (int i = 0; i < kGrid; ++i)
    for (int j = t.from[i]; j < t.to[i]; ++j) {
      pending |= static_cast<uint64_t>(above(cells[i * kGrid + j])) << filled;
      cells[i * kGrid + j] = vb{};
      filled += kBins;
      if (filled >= 32) flush();
    }
  flush();
  return ones;
}

// Fills the descriptors of a template's blocks, which hold everything else.
void describe(int count, Block* blocks) {
  const Cylinder& t = cylinder();
  Scene at;
  for (int k = 0; k < count; k += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      const Block& block = blocks[k / kLanes];
      at.x[k + l] = k + l < count ? block.x[l] : 1e6f;
      at.y[k + l] = block.y[l];
      at.angle[k + l] = block.angle[l];
    }
  for (vb& cell : at.cells) cell = vb{};
  for (int k = 0; k < count; ++k) {
    const float c = kCos[at.angle[k]], s = kSin[at.angle[k]];
    place(t, c, s, at);
    const int near = look_around(count, k, at);
    open_windows(near, c, s, at);
    for (int n = 0; n < near; ++n) measure(n, at);
    for (int n = 0; n < near; ++n) add(t, n, at);
    uint32_t words[kWords];
    const int ones = take_bits(t, at.cells, words);
    Block& block = blocks[k / kLanes];
    const int lane = k % kLanes;
    for (int w = 0; w < kWords; ++w) block.bits[w][lane] = words[w];
    block.ones[lane] = ones ? static_cast<float>(ones) : kNobody;
  }
}
