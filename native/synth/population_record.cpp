// The packed form of a template (docs/formats.md, src/tenprint/formats/_packed.py), byte for byte.
#include <array>
#include <string>

#include "synth/population.h"
#include "synth/steady.h"

namespace tenprint::synth {
namespace {

using CrcTables = std::array<std::array<uint32_t, 256>, 8>;

constexpr CrcTables crc_tables() {
  CrcTables t{};
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t c = n;
    for (int k = 0; k < 8; ++k) c = (c >> 1) ^ ((c & 1) ? 0xEDB88320u : 0u);
    t[0][n] = c;
  }
  for (int k = 1; k < 8; ++k)
    for (uint32_t n = 0; n < 256; ++n) t[k][n] = (t[k - 1][n] >> 8) ^ t[0][t[k - 1][n] & 0xFF];
  return t;
}

constexpr CrcTables kCrc = crc_tables();

// CRC-32 as zlib's, eight bytes at a time (Kounavis and Berry 2005).
uint32_t crc32(const uint8_t* p, std::size_t size) {
  uint32_t c = 0xFFFFFFFFu;
  for (; size >= 8; size -= 8, p += 8)
    c = kCrc[7][(c ^ p[0]) & 0xFF] ^ kCrc[6][((c >> 8) ^ p[1]) & 0xFF] ^
        kCrc[5][((c >> 16) ^ p[2]) & 0xFF] ^ kCrc[4][(c >> 24) ^ p[3]] ^ kCrc[3][p[4]] ^
        kCrc[2][p[5]] ^ kCrc[1][p[6]] ^ kCrc[0][p[7]];
  for (; size > 0; --size, ++p) c = (c >> 8) ^ kCrc[0][(c ^ *p) & 0xFF];
  return ~c;
}

// The same rules as extract/_quality.py; a test compares them.
int template_quality(const Seen* seen, int count, std::string& reason) {
  if (count == 0) {
    reason = "no minutiae found";
    return 0;
  }
  int sure = 0, sum = 0;
  for (int k = 0; k < count; ++k) sure += seen[k].quality >= 50, sum += seen[k].quality;
  if (sure < 4) {
    reason = "only " + std::to_string(sure) + " sure minutiae found";
    return 0;
  }
  const double rise = 100 * (1 - steady_exp(-(sum / 100.0) / 20.0));
  const int quality = rise < 1 ? 1 : static_cast<int>(rise + 0.5);
  if (quality < 40) reason = "few minutiae";
  return quality;
}

}  // namespace

void write_record(const Touch& touch, uint8_t finger, const Seen* seen, int count,
                  std::vector<uint8_t>& data) {
  std::string reason;
  const int quality = template_quality(seen, count, reason);
  const auto planes = static_cast<std::size_t>(5 * count + (count + 7) / 8);
  const std::size_t start = data.size(), body = 14 + planes + reason.size();
  data.resize(start + body + 4);
  uint8_t* p = data.data() + start;
  const auto two = [&](unsigned value) {
    *p++ = static_cast<uint8_t>(value & 0xFF), *p++ = static_cast<uint8_t>(value >> 8);
  };
  for (const char c : {'T', 'P', 'M', '\1'}) *p++ = static_cast<uint8_t>(c);
  two(static_cast<unsigned>(touch.width));
  two(static_cast<unsigned>(touch.height));
  *p++ = static_cast<uint8_t>(quality);
  *p++ = finger;
  *p++ = static_cast<uint8_t>(touch.impression);
  *p++ = static_cast<uint8_t>(count);
  two(static_cast<unsigned>(reason.size()));
  for (int k = 0; k < count; ++k) {
    const uint32_t position = (uint32_t{seen[k].y} << 12) | seen[k].x;
    for (int shift = 0; shift < 24; shift += 8) *p++ = static_cast<uint8_t>(position >> shift);
  }
  for (int k = 0; k < count; ++k) *p++ = seen[k].angle;
  for (int k = 0; k < count; ++k)
    *p++ = static_cast<uint8_t>(seen[k].quality | (seen[k].kind & 1) << 7);
  for (int k = 0; k < count; k += 8) {
    unsigned bits = 0;
    for (int b = 0; b < 8 && k + b < count; ++b) bits |= (seen[k + b].kind >> 1u) << (7 - b);
    *p++ = static_cast<uint8_t>(bits);
  }
  for (const char c : reason) *p++ = static_cast<uint8_t>(c);
  const uint32_t crc = crc32(data.data() + start, body);
  for (int shift = 0; shift < 32; shift += 8) *p++ = static_cast<uint8_t>(crc >> shift);
}

}  // namespace tenprint::synth
