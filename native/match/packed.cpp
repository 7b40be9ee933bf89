#include "match/packed.h"

namespace tenprint::match {
namespace {

constexpr std::size_t kHeader = 14;   // magic, version, width, height, quality, finger, impression,
                                      // minutiae, bytes of the reason
constexpr std::size_t kChecksum = 4;
constexpr int kVersion = 1;
constexpr int kMaxExtent = 4095;
constexpr int kMaxPercent = 100;
constexpr int kMaxKind = 2;

int half(const uint8_t* at) { return at[0] | at[1] << 8; }

uint32_t whole(const uint8_t* at) {
  return static_cast<uint32_t>(half(at)) | static_cast<uint32_t>(half(at + 2)) << 16;
}

// Finger positions and impression types as tenprint.model has them.
bool known_finger(int code) { return code <= 15; }
bool known_impression(int code) { return code <= 8 || code == 24 || code == 28 || code == 29; }

}  // namespace

Fault read_header(const uint8_t* data, std::size_t size, PackedHeader& header) {
  if (size < 3 || data[0] != 'T' || data[1] != 'P' || data[2] != 'M') return Fault::magic;
  if (size < kHeader + kChecksum) return Fault::cut;
  if (data[3] != kVersion) return Fault::version;
  header.width = half(data + 4);
  header.height = half(data + 6);
  header.quality = data[8];
  header.finger = data[9];
  header.impression = data[10];
  header.count = data[11];
  const std::size_t n = static_cast<std::size_t>(header.count);
  const std::size_t body = kHeader + 5 * n + (n + 7) / 8 + static_cast<std::size_t>(half(data + 12));
  header.size = body + kChecksum;
  if (size < header.size) return Fault::cut;
  if (crc32(data, body) != whole(data + body)) return Fault::checksum;
  const auto extent = [](int pixels) { return pixels >= 1 && pixels <= kMaxExtent; };
  if (!extent(header.width) || !extent(header.height) || header.quality > kMaxPercent ||
      !known_finger(header.finger) || !known_impression(header.impression))
    return Fault::value;
  return Fault::none;
}

Fault decode(const uint8_t* data, std::size_t size, Minutia* minutiae, int& count) {
  PackedHeader header;
  const Fault fault = read_header(data, size, header);
  if (fault != Fault::none) return fault;
  if (header.size != size) return Fault::trailing;
  const int n = count = header.count;
  const uint8_t* xy = data + kHeader;
  const uint8_t* angles = xy + 3 * n;
  const uint8_t* coded = angles + n;   // confidence in percent, and the kind's low bit on top
  const uint8_t* high = coded + n;     // the kinds' high bits, the first one on top
  bool wrong = false;
  for (int k = 0; k < n; ++k) {
    const int place = half(xy + 3 * k) | xy[3 * k + 2] << 16;
    const int kind = coded[k] >> 7 | (high[k / 8] >> (7 - k % 8) & 1) << 1;
    const Minutia m = minutiae[k] = {place & 0xfff, place >> 12, angles[k], coded[k] & 0x7f};
    wrong |= (m.x >= header.width) | (m.y >= header.height) | (m.weight_percent > kMaxPercent) |
             (kind > kMaxKind);
  }
  return wrong ? Fault::value : Fault::none;
}

}  // namespace tenprint::match
