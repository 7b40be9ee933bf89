// Templates in their compact stored form (docs/formats.md), read where they lie.
#pragma once

#include <cstddef>
#include <cstdint>

#include "match/prepared.h"

namespace tenprint::match {

// What is wrong with a record; the Python reader says it in words.
enum class Fault : int { none, magic, version, cut, checksum, value, trailing };

// The fields of a record whose lengths and checksum are right.
struct PackedHeader {
  int width, height, quality, finger, impression, count;
  std::size_t size;   // bytes of the record, the checksum included
};

// Reads and checks the record that starts at `data`, of which `size` bytes may be read: everything
// but the minutiae themselves and the reason's encoding.
Fault read_header(const uint8_t* data, std::size_t size, PackedHeader& header);

// Takes the minutiae of the one record that fills these bytes, in the record's order. `minutiae`
// has room for kMaxMinutiae.
Fault decode(const uint8_t* data, std::size_t size, Minutia* minutiae, int& count);

// CRC-32 as zlib, PNG and Ethernet have it (polynomial 0x04c11db7, reflected).
uint32_t crc32(const uint8_t* data, std::size_t size);

}  // namespace tenprint::match
