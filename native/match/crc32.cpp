// Sixteen bytes at a time by sixteen tables (Kounavis & Berry 2005, "slicing").
#include <array>

#include "match/packed.h"

namespace tenprint::match {
namespace {

constexpr int kSlices = 16;
constexpr uint32_t kPolynomial = 0xedb88320u;

using Table = std::array<std::array<uint32_t, 256>, kSlices>;

constexpr Table make() {
  Table t{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? kPolynomial : 0);
    t[0][byte] = value;
  }
  // Table s: the same byte, followed by s zero bytes.
  for (int s = 1; s < kSlices; ++s)
    for (std::size_t byte = 0; byte < 256; ++byte)
      t[s][byte] = t[s - 1][byte] >> 8 ^ t[0][t[s - 1][byte] & 255];
  return t;
}

constexpr Table kTable = make();

}  // namespace

uint32_t crc32(const uint8_t* data, std::size_t size) {
  uint32_t crc = ~0u;
  for (; size >= kSlices; size -= kSlices, data += kSlices) {
    uint32_t next = 0;
    for (int k = 0; k < kSlices; ++k) {
      const uint32_t mixed = k < 4 ? crc >> (8 * k) & 255 : 0;
      next ^= kTable[kSlices - 1 - k][data[k] ^ mixed];
    }
    crc = next;
  }
  for (; size; --size, ++data) crc = crc >> 8 ^ kTable[0][(crc ^ *data) & 255];
  return ~crc;
}

}  // namespace tenprint::match
