// The inner loops of the scan for registers of kWide bytes: kWide / 16 bytes of sixteen people each.
// Included by scanner_avx2.cpp and scanner_avx512.cpp, which define Register and its operations.

constexpr int kSpan = kWide / kLanes;              // bytes of a code in a register
constexpr int kVectors = kBytes / kSpan;           // registers of a block
constexpr int kPhases = kGroups / kSpan;           // registers whose groups differ

// Sums are kept as wrapped 16-bit sums of neighbouring people (low person + 256 * high person) and
// as the high person's alone; the low person's follow at the end. Saves an operation a plane.
constexpr auto kAhead = _MM_HINT_T1;

struct alignas(kWide) Sums {
  Register both, high;
};

// The numbers of a tile's plane, a byte each: of every register of codes the even parts, then the
// odd ones.
struct alignas(64) Unpacked {
  uint8_t numbers[kTileBlocks * kBlockBytes * 2];
};

inline void unpack(const uint8_t* codes, std::size_t blocks, Unpacked& to) {
  uint8_t* out = to.numbers;
  for (std::size_t at = 0; at < blocks * kBlockBytes; at += kWide, out += 2 * kWide) {
    const Register c = load(codes + at);
    store(out, even(c));
    store(out + kWide, odd(c));
  }
}

// Numbers that were unpacked before, and such as are unpacked for one query alone.
struct Shared {
  const uint8_t* numbers;
  Register low(std::size_t block, int v) const { return load(at(block, v)); }
  Register high(std::size_t block, int v) const { return load(at(block, v) + kWide); }
  const uint8_t* at(std::size_t block, int v) const {
    return numbers + block * kBlockBytes * 2 + v * 2 * kWide;
  }
};
struct Direct {
  const uint8_t* codes;
  Register low(std::size_t block, int v) const { return even(load(at(block, v))); }
  Register high(std::size_t block, int v) const { return odd(load(at(block, v))); }
  const uint8_t* at(std::size_t block, int v) const {
    return codes + block * kBlockBytes + v * kWide;
  }
};

// The part of the plane's next tile that is asked for while a table is looked up: some lines a
// block, since the processor waits when many are asked for at once. Past the end does no harm.
struct Ahead {
  std::uintptr_t from;
  int lines;
  void ask(std::size_t block) const {
    const std::uintptr_t at = from + block * static_cast<std::size_t>(lines) * 64;
    for (int line = 0; line < lines; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(at + static_cast<std::size_t>(line) * 64), kAhead);
  }
};

template <typename Numbers>
inline void add_plane(const uint8_t* table, Numbers numbers, std::size_t blocks, Ahead ahead,
                      Sums* sums) {
  for (int phase = 0; phase < kPhases; ++phase) {
    // Twelve tables stay in registers.
    Register low[kVectors / kPhases], high[kVectors / kPhases];
    for (int n = 0; n < kVectors / kPhases; ++n) {
      const uint8_t* own = table + (phase + n * kPhases) * kSpan * 32;
      low[n] = spread(own);
      high[n] = spread(own + 16);
    }
    for (std::size_t b = 0; b < blocks; ++b) {
      if (phase == 0) ahead.ask(b);
      Register sum = zero();
      for (int n = 0; n < kVectors / kPhases; ++n) {
        const int v = phase + n * kPhases;
        const Register one = look_up(low[n], numbers.low(b, v));
        const Register two = look_up(high[n], numbers.high(b, v));
        sum = add8(sum, add8(one, two));
      }
      sums[b].both = add16(sums[b].both, sum);
      sums[b].high = add16(sums[b].high, upper(sum));
    }
  }
}

void score(const std::vector<Sheet>& sheets, std::size_t queries, std::size_t first_block,
           std::size_t blocks, uint8_t* room, uint16_t* scores) {
  Sums* sums = reinterpret_cast<Sums*>(room);
  for (std::size_t at = 0; at < queries * kTileBlocks; ++at) sums[at].both = sums[at].high = zero();
  Unpacked unpacked;
  for (const Sheet& sheet : sheets) {
    const uint8_t* codes = sheet.codes + first_block * kBlockBytes;
    // Planes are read in turn: the processor does not see the next tile of this one coming.
    const std::size_t readers = sheet.readers.size();
    const int lines = static_cast<int>((kBlockBytes / 64 + readers - 1) / readers);
    Ahead ahead{reinterpret_cast<std::uintptr_t>(codes + blocks * kBlockBytes), lines};
    if (readers > 1) unpack(codes, blocks, unpacked);
    for (const Reader& reader : sheet.readers) {
      Sums* own = sums + reader.query * kTileBlocks;
      if (readers > 1)
        add_plane(reader.table, Shared{unpacked.numbers}, blocks, ahead, own);
      else
        add_plane(reader.table, Direct{codes}, blocks, ahead, own);
      ahead.from += blocks * static_cast<std::size_t>(lines) * 64;
    }
  }
  for (std::size_t q = 0; q < queries; ++q)
    for (std::size_t b = 0; b < blocks; ++b) {
      const Sums& own = sums[q * kTileBlocks + b];
      const __m128i odd = fold(own.high);
      const __m128i even = _mm_sub_epi16(fold(own.both), _mm_slli_epi16(odd, 8));
      auto* out = reinterpret_cast<__m128i*>(scores + q * kTile + b * kLanes);
      _mm_storeu_si128(out, _mm_unpacklo_epi16(even, odd));
      _mm_storeu_si128(out + 1, _mm_unpackhi_epi16(even, odd));
    }
}
