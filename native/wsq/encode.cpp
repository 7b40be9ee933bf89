#include "wsq/encode.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "wsq/format.h"
#include "wsq/huffman.h"
#include "wsq/quantise.h"
#include "wsq/transform.h"

namespace tenprint::wsq {
namespace {

// The 9/7 filters of Cohen, Daubechies and Feauveau, from the centre outwards.
constexpr std::array<double, 5> kLow{0.85269867900940, 0.37740285561265, -0.11062440441842,
                                     -0.02384946501938, 0.03782845550699};
constexpr std::array<double, 4> kHigh{0.78848561640566, -0.41809227322221, -0.04068941760956,
                                      0.06453888262894};
constexpr double kCentre = 0.44;      // where in a bin its values are put back, from its inner edge
constexpr double kZeroBin = 1.2;      // the middle bin's width, in bins
constexpr int kEncoder = 2, kSoftware = 0;   // the algorithm's number; no certified software
constexpr int kBlocks = 3;
constexpr std::array<int, kBlocks + 1> kBlockStarts{0, 19, 52, kCodedSubbands};   // subbands

template <std::size_t half>
std::vector<float> whole(const std::array<double, half>& from_centre) {
  std::vector<float> out;
  for (std::size_t k = half - 1; k > 0; --k) out.push_back(static_cast<float>(from_centre[k]));
  for (const double tap : from_centre) out.push_back(static_cast<float>(tap));
  return out;
}

class Writer {
 public:
  std::vector<uint8_t> bytes;
  void byte(int value) { bytes.push_back(static_cast<uint8_t>(value)); }
  void word(int value) { byte(value >> 8), byte(value & 255); }
  // A decimal number of at least 0: its scale and as many digits as fit. Gives what was written.
  double scaled(double value, double most) {
    int scale = 0;
    while (scale < 12 && std::round(value * std::pow(10.0, scale + 1)) <= most) ++scale;
    const double power = std::pow(10.0, scale), digits = std::min(std::round(value * power), most);
    byte(scale);
    if (most > 65535) word(static_cast<int>(static_cast<uint32_t>(digits) >> 16));
    word(static_cast<int>(static_cast<uint32_t>(digits) & 65535));
    return digits / power;
  }
  double scaled(double value) { return scaled(value, 65535); }
  // A marker and a segment whose length is filled in when it is closed.
  std::size_t open(Marker marker) {
    word(marker);
    word(0);
    return bytes.size() - 2;
  }
  void close(std::size_t start) {
    const std::size_t length = bytes.size() - start;
    bytes[start] = static_cast<uint8_t>(length >> 8);
    bytes[start + 1] = static_cast<uint8_t>(length & 255);
  }
};

template <std::size_t half>
void write_filter(Writer& out, const std::array<double, half>& from_centre) {
  for (const double tap : from_centre) {
    out.byte(tap < 0);
    out.scaled(std::abs(tap), 4294967295.0);
  }
}

struct Normal {
  double shift, scale;
};

// Grey levels are moved to mean 0 and stretched to reach 128.
Normal normal_of(const uint8_t* pixels, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += pixels[k];
  const auto [low, high] = std::minmax_element(pixels, pixels + count);
  const double mean = static_cast<double>(sum) / static_cast<double>(count);
  const double reach = std::max(*high - mean, mean - *low);
  return {mean, reach > 0 ? reach / 128 : 1};
}

// A symbol of the entropy code and the bits that follow it.
struct Event {
  uint8_t symbol;
  uint8_t extra;   // how many bits
  uint16_t value;
};

void add_zeros(std::vector<Event>& events, std::size_t count) {
  for (; count > 0;) {
    const auto run = static_cast<uint16_t>(std::min<std::size_t>(count, 65535));
    if (run <= kLongestRun) events.push_back({static_cast<uint8_t>(run), 0, 0});
    else if (run < 256) events.push_back({kRun8, 8, run});
    else events.push_back({kRun16, 16, run});
    count -= run;
  }
}

void add_value(std::vector<Event>& events, int value) {
  const int symbol = value + kZeroValue, size = std::abs(value);
  if (symbol >= kFirstValue && symbol <= kLastValue)
    events.push_back({static_cast<uint8_t>(symbol), 0, 0});
  else
    events.push_back({static_cast<uint8_t>(size < 256 ? (value > 0 ? kPositive8 : kNegative8)
                                                      : (value > 0 ? kPositive16 : kNegative16)),
                      static_cast<uint8_t>(size < 256 ? 8 : 16), static_cast<uint16_t>(size)});
}

// The bin a coefficient falls in.
int bin_of(double value, double bin) {
  const double beyond = std::abs(value) - kZeroBin * bin / 2;
  if (beyond <= 0) return 0;
  const int n = static_cast<int>(std::min(beyond / bin, 32766.0)) + 1;
  return value < 0 ? -n : n;
}

std::vector<Event> events_of(const std::vector<float>& plane, int width, const Layout& layout,
                             const Bins& bins, int first, int end) {
  std::vector<Event> events;
  std::size_t zeros = 0;
  for (int k = first; k < end; ++k) {
    if (bins[k] == 0) continue;
    const Region& r = layout.subbands[k];
    for (int y = r.y; y < r.y + r.height; ++y)
      for (int x = r.x; x < r.x + r.width; ++x) {
        const int n = bin_of(plane[static_cast<std::size_t>(y) * width + x], bins[k]);
        if (n == 0) {
          ++zeros;
          continue;
        }
        add_zeros(events, zeros);
        zeros = 0;
        add_value(events, n);
      }
  }
  add_zeros(events, zeros);
  return events;
}

void write_code(Writer& out, const Code& code, int table) {
  const auto segment = out.open(kHuffman);
  out.byte(table);
  for (int length = 1; length <= 16; ++length) out.byte(code.count[length]);
  for (const uint8_t symbol : code.symbols) out.byte(symbol);
  out.close(segment);
}

void write_block(Writer& out, const std::vector<Event>& events, const Code& code, int table) {
  const auto segment = out.open(kBlock);
  out.byte(table);
  out.close(segment);
  std::uint64_t held = 0;
  int count = 0;
  const auto put = [&](unsigned bits, int length) {
    held = held << length | bits;
    count += length;
    for (; count >= 8; count -= 8) {
      const int next = static_cast<int>(held >> (count - 8) & 255);
      out.byte(next);
      if (next == 255) out.byte(0);   // so that it is no marker
    }
  };
  for (const Event& e : events) {
    put(code.bits[e.symbol], code.length[e.symbol]);
    if (e.extra) put(e.value, e.extra);
  }
  if (count) put((1u << (8 - count)) - 1, 8 - count);   // ones begin no symbol that ends
}

// The header up to the frame; the numbers used from here on are those that were written.
void write_header(Writer& out, int height, int width, Normal normal, Bins& bins,
                  const std::string& comment) {
  out.word(kStart);
  auto segment = out.open(kComment);
  out.bytes.insert(out.bytes.end(), comment.begin(), comment.end());
  out.close(segment);
  segment = out.open(kFilters);
  out.byte(static_cast<int>(2 * kLow.size() - 1));
  out.byte(static_cast<int>(2 * kHigh.size() - 1));
  write_filter(out, kLow);
  write_filter(out, kHigh);
  out.close(segment);
  segment = out.open(kQuantisers);
  out.byte(2), out.word(static_cast<int>(std::lround(kCentre * 100)));
  for (double& bin : bins) {
    bin = bin == 0 ? (out.byte(0), out.word(0), 0) : out.scaled(bin);
    if (bin == 0) out.byte(0), out.word(0);
    else out.scaled(kZeroBin * bin);
  }
  out.close(segment);
  segment = out.open(kFrame);
  out.byte(0), out.byte(255);
  out.word(height), out.word(width);
  out.scaled(normal.shift);
  out.scaled(normal.scale);
  out.byte(kEncoder), out.word(kSoftware);
  out.close(segment);
}

}  // namespace

std::vector<uint8_t> encode(const uint8_t* pixels, int height, int width, double bitrate,
                            const std::string& comment) {
  const std::size_t count = static_cast<std::size_t>(height) * width;
  const Normal normal = normal_of(pixels, count);
  std::vector<float> plane(count);
  for (std::size_t k = 0; k < count; ++k)
    plane[k] = static_cast<float>((pixels[k] - normal.shift) / normal.scale);
  const Layout layout = make_layout(width, height);
  analyse(plane, width, layout, {whole(kLow), whole(kHigh)});
  Bins bins = choose_bins(plane, width, layout, bitrate);

  Writer out;
  write_header(out, height, width, normal, bins, comment);
  std::array<std::vector<Event>, kBlocks> blocks;
  std::array<std::array<std::uint64_t, 256>, 2> frequency{};
  for (int b = 0; b < kBlocks; ++b) {
    blocks[b] = events_of(plane, width, layout, bins, kBlockStarts[b], kBlockStarts[b + 1]);
    for (const Event& e : blocks[b]) ++frequency[b > 0][e.symbol];
  }
  // The two blocks of high frequencies share a code.
  const std::array<Code, 2> codes{make_code(frequency[0]), make_code(frequency[1])};
  for (int b = 0; b < kBlocks; ++b) {
    if (b < 2) write_code(out, codes[b], b);
    write_block(out, blocks[b], codes[b > 0], b > 0);
  }
  out.word(kEnd);
  return std::move(out.bytes);
}

}  // namespace tenprint::wsq
