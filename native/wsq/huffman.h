// Huffman codes as WSQ writes them: at most 16 bits, canonical, none of them all ones.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tenprint::wsq {

struct Code {
  std::array<int, 17> count{};      // how many codes have each length
  std::vector<uint8_t> symbols;     // by length, then by symbol
  std::array<uint16_t, 256> bits{};
  std::array<uint8_t, 256> length{};   // 0: the symbol does not occur
};

// The best code of at most 16 bits for symbols that occur so often.
Code make_code(const std::array<std::uint64_t, 256>& frequency);

}  // namespace tenprint::wsq
