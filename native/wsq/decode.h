// WSQ, the FBI's wavelet scalar quantization of grey fingerprint images (IAFIS-IC-0110, version 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tenprint::wsq {

// What is wrong with the bytes, and where.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Size {
  int height, width;
};

struct Picture {
  Size size;
  std::vector<uint8_t> pixels;   // row by row
  std::string comments;          // the comment segments, a line each
};

// The whole image. `most_pixels` and `most_side` bound what is allocated. Throws Damaged.
Picture decode(const uint8_t* data, std::size_t length, int most_side, std::size_t most_pixels);

}  // namespace tenprint::wsq
