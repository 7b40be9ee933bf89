#include "wsq/decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "wsq/format.h"
#include "wsq/layout.h"
#include "wsq/transform.h"

namespace tenprint::wsq {
namespace {

constexpr int kTables = 8;
constexpr int kMostTaps = 63;
constexpr std::size_t kMostComment = 65536;

class Bytes {
 public:
  Bytes(const uint8_t* data, std::size_t length) : data_(data), length_(length) {}
  std::size_t at() const { return at_; }
  std::size_t left() const { return length_ - at_; }
  int byte() {
    if (at_ >= length_) fail("the data end too early");
    return data_[at_++];
  }
  int word() {
    const int high = byte();
    return high << 8 | byte();
  }
  uint32_t long_word() {
    const uint32_t high = static_cast<uint32_t>(word());
    return high << 16 | static_cast<uint32_t>(word());
  }
  // A decimal number as WSQ writes it: digits and how many of them follow the point.
  float scaled(int scale, uint32_t digits) {
    if (scale > 20) fail("a decimal scale is absurd");
    float value = static_cast<float>(digits);
    for (; scale > 0; --scale) value = static_cast<float>(value / 10.0);
    return value;
  }
  // A segment: the length word counts itself.
  Bytes segment() {
    const int size = word();
    if (size < 2 || static_cast<std::size_t>(size - 2) > left()) fail("a segment's length is wrong");
    Bytes inside(data_ + at_, static_cast<std::size_t>(size - 2));
    inside.origin_ = origin_ + at_;
    at_ += static_cast<std::size_t>(size - 2);
    return inside;
  }
  const uint8_t* here() const { return data_ + at_; }
  void skip(std::size_t count) { at_ += count; }
  [[noreturn]] void fail(const char* what) const {
    throw Damaged(std::string(what) + " (byte " + std::to_string(origin_ + at_) + ")");
  }

 private:
  const uint8_t* data_;
  std::size_t length_, at_ = 0, origin_ = 0;
};

struct Huffman {
  bool defined = false;
  std::array<int, 17> first_code{}, first_value{}, count{};
  std::vector<uint8_t> values;
};

struct Header {
  std::optional<Size> size;
  float shift = 0, scale = 1;
  Filters filters;   // of synthesis
  bool quantisers = false;
  float centre = 0.44f;
  std::array<float, kSubbands> bin{}, zero_bin{};
  std::array<Huffman, kTables> huffman;
  std::string comments;
};

void read_frame(Bytes s, Header& header) {
  s.byte(), s.byte();   // black and white levels
  const int height = s.word(), width = s.word();
  int scale = s.byte();
  header.shift = s.scaled(scale, static_cast<uint32_t>(s.word()));
  scale = s.byte();
  header.scale = s.scaled(scale, static_cast<uint32_t>(s.word()));
  s.byte(), s.word();   // encoder, software
  if (height < 1 || width < 1) s.fail("the image has no size");
  header.size = Size{height, width};
}

// One transmitted half of a symmetric analysis filter, as the synthesis filter of the other band.
std::vector<float> read_filter(Bytes& s, int taps) {
  std::vector<float> filter(static_cast<std::size_t>(taps));
  const int centre = taps / 2;
  for (int k = 0; k <= centre; ++k) {
    const bool negative = s.byte() != 0;
    const int scale = s.byte();
    float value = s.scaled(scale, s.long_word());
    if (negative) value = -value;
    if (k % 2) value = -value;
    filter[static_cast<std::size_t>(centre + k)] = filter[static_cast<std::size_t>(centre - k)] = value;
  }
  return filter;
}

void read_filters(Bytes s, Header& header) {
  const int low_taps = s.byte(), high_taps = s.byte();
  for (int taps : {low_taps, high_taps})
    if (taps < 1 || taps > kMostTaps || taps % 2 == 0)
      s.fail("wavelet filters of this length are not supported (odd lengths are)");
  header.filters.high = read_filter(s, low_taps);
  header.filters.low = read_filter(s, high_taps);
}

void read_quantisers(Bytes s, Header& header) {
  int scale = s.byte();
  header.centre = s.scaled(scale, static_cast<uint32_t>(s.word()));
  for (int k = 0; k < kSubbands; ++k) {
    scale = s.byte();
    header.bin[k] = s.scaled(scale, static_cast<uint32_t>(s.word()));
    scale = s.byte();
    header.zero_bin[k] = s.scaled(scale, static_cast<uint32_t>(s.word()));
  }
  header.quantisers = true;
}

void read_huffman(Bytes s, Header& header) {
  while (s.left() > 0) {
    const int id = s.byte();
    if (id >= kTables) s.fail("a Huffman table's number is out of range");
    Huffman table;
    int total = 0, code = 0;
    for (int length = 1; length <= 16; ++length) {
      table.count[length] = s.byte();
      table.first_value[length] = total;
      table.first_code[length] = code;
      total += table.count[length];
      code = (code + table.count[length]) << 1;
      if (code > 2 << length) s.fail("a Huffman table has more codes than fit");
    }
    if (total > 256) s.fail("a Huffman table has more than 256 codes");
    for (int k = 0; k < total; ++k) table.values.push_back(static_cast<uint8_t>(s.byte()));
    table.defined = true;
    header.huffman[static_cast<std::size_t>(id)] = std::move(table);
  }
}

// Reads one header segment; false where the marker is not one of a header.
bool read_segment(int marker, Bytes& bytes, Header& header) {
  switch (marker) {
    case kFrame: read_frame(bytes.segment(), header); return true;
    case kFilters: read_filters(bytes.segment(), header); return true;
    case kQuantisers: read_quantisers(bytes.segment(), header); return true;
    case kHuffman: read_huffman(bytes.segment(), header); return true;
    case kRestart: bytes.segment(); return true;
    case kComment: {
      Bytes text = bytes.segment();
      if (header.comments.size() + text.left() < kMostComment) {
        header.comments.append(reinterpret_cast<const char*>(text.here()), text.left());
        header.comments.push_back('\n');
      }
      return true;
    }
    default: return false;
  }
}

// The bits of one entropy-coded block; they end at the next marker.
class Bits {
 public:
  explicit Bits(Bytes& bytes) : bytes_(bytes) {}
  // The next bit, or -1 at the end of the block.
  int next() {
    if (held_ == 0) {
      if (bytes_.left() == 0) bytes_.fail("the image data end too early");
      const uint8_t* p = bytes_.here();
      if (p[0] == 0xff) {
        if (bytes_.left() < 2) bytes_.fail("the image data end too early");
        if (p[1] != 0) return -1;
        bytes_.skip(2);   // a stuffed zero
      } else {
        bytes_.skip(1);
      }
      current_ = p[0];
      held_ = 8;
    }
    return current_ >> --held_ & 1;
  }
  int take(int count) {
    int value = 0;
    for (int k = 0; k < count; ++k) {
      const int bit = next();
      if (bit < 0) bytes_.fail("a block of image data ends inside a number");
      value = value << 1 | bit;
    }
    return value;
  }
  // The next symbol, or -1 at the end of the block.
  int symbol(const Huffman& table) {
    int code = 0;
    for (int length = 1; length <= 16; ++length) {
      const int bit = next();
      if (bit < 0) return -1;
      code = code << 1 | bit;
      const int offset = code - table.first_code[length];
      if (offset >= 0 && offset < table.count[length])
        return table.values[static_cast<std::size_t>(table.first_value[length] + offset)];
    }
    bytes_.fail("a code is in no Huffman table");
  }

 private:
  Bytes& bytes_;
  int current_ = 0, held_ = 0;
};

// One block's coefficients, appended in coding order.
void read_block(Bytes& bytes, const Huffman& table, std::vector<int16_t>& out, std::size_t most) {
  Bits bits(bytes);
  const auto add = [&](int value, int times) {
    if (static_cast<std::size_t>(times) > most - out.size())
      bytes.fail("there are more coefficients than the image has");
    out.insert(out.end(), static_cast<std::size_t>(times), static_cast<int16_t>(value));
  };
  for (int s = bits.symbol(table); s >= 0; s = bits.symbol(table)) {
    if (s >= 1 && s <= kLongestRun) add(0, s);
    else if (s == kPositive8) add(bits.take(8), 1);
    else if (s == kNegative8) add(-bits.take(8), 1);
    else if (s == kPositive16) add(std::min(bits.take(16), 32767), 1);
    else if (s == kNegative16) add(-std::min(bits.take(16), 32767), 1);
    else if (s == kRun8) add(0, bits.take(8));
    else if (s == kRun16) add(0, bits.take(16));
    else if (s >= kFirstValue && s <= kLastValue) add(s - kZeroValue, 1);
    else bytes.fail("an image data symbol has no meaning");
  }
}

// Walks the segments up to the first block; returns the marker that ended them.
int read_headers(Bytes& bytes, Header& header) {
  if (bytes.word() != kStart) bytes.fail("this is not a WSQ image");
  for (;;) {
    const int marker = bytes.word();
    if (marker == kBlock || marker == kEnd) return marker;
    if (!read_segment(marker, bytes, header)) bytes.fail("an unknown marker");
  }
}

}  // namespace

Picture decode(const uint8_t* data, std::size_t length, int most_side, std::size_t most_pixels) {
  Bytes bytes(data, length);
  Header header;
  int marker = read_headers(bytes, header);
  if (!header.size) bytes.fail("there is no frame header");
  if (header.filters.low.empty()) bytes.fail("there are no wavelet filters");
  if (!header.quantisers) bytes.fail("there is no quantisation table");
  const auto [height, width] = *header.size;
  const std::size_t pixels = static_cast<std::size_t>(height) * width;
  if (height > most_side || width > most_side || pixels > most_pixels)
    bytes.fail("the image is larger than the limit");
  const Size size = *header.size;
  const Layout layout = make_layout(width, height);
  std::size_t coded = 0;
  for (int k = 0; k < kCodedSubbands; ++k)
    if (header.bin[k] != 0)
      coded += static_cast<std::size_t>(layout.subbands[k].width) * layout.subbands[k].height;

  std::vector<int16_t> coefficients;
  coefficients.reserve(coded);
  for (; marker != kEnd; marker = bytes.word()) {
    if (marker == kBlock) {
      Bytes block = bytes.segment();
      const int id = block.byte();
      if (id >= kTables || !header.huffman[static_cast<std::size_t>(id)].defined)
        block.fail("a block names a Huffman table that is not there");
      read_block(bytes, header.huffman[static_cast<std::size_t>(id)], coefficients, coded);
    } else if (marker == kFrame || marker == kFilters || marker == kQuantisers ||
               !read_segment(marker, bytes, header)) {
      bytes.fail("a marker is out of place");
    }
  }
  if (coefficients.size() != coded) bytes.fail("coefficients are missing");

  std::vector<float> plane(pixels, 0.0f);
  std::size_t next = 0;
  for (int k = 0; k < kCodedSubbands; ++k) {
    if (header.bin[k] == 0) continue;
    const Region& r = layout.subbands[k];
    const float bin = header.bin[k];
    const double half_zero = header.zero_bin[k] / 2.0;
    for (int y = 0; y < r.height; ++y)
      for (int x = 0; x < r.width; ++x) {
        const int value = coefficients[next++];
        float& to = plane[static_cast<std::size_t>(r.y + y) * width + r.x + x];
        if (value > 0)
          to = static_cast<float>(bin * (static_cast<float>(value) - header.centre) + half_zero);
        else if (value < 0)
          to = static_cast<float>(bin * (static_cast<float>(value) + header.centre) - half_zero);
      }
  }
  synthesise(plane, width, layout, header.filters);
  Picture picture{size, std::vector<uint8_t>(pixels), std::move(header.comments)};
  for (std::size_t k = 0; k < pixels; ++k) {
    float level = plane[k] * header.scale + header.shift;
    level = static_cast<float>(level + 0.5);
    picture.pixels[k] = level >= 255.0f ? 255 : level > 0.0f ? static_cast<uint8_t>(level) : 0;
  }
  return picture;
}

}  // namespace tenprint::wsq
