#include "leader/pack.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tenprint::leader {
namespace {

// Rounded to the nearest bfloat16, ties to even.
std::uint32_t bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

}  // namespace

std::span<const float> Packer::keep(const std::string& name, std::size_t size) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw std::invalid_argument("tensor missing: " + name);
  if (found->second.size() != size) throw std::invalid_argument("tensor of another size: " + name);
  kept_.push_back(std::make_unique<float[]>(size));
  std::copy(found->second.begin(), found->second.end(), kept_.back().get());
  return {kept_.back().get(), size};
}

Gemm Packer::gemm(const std::string& name, int floats, int others, int outputs, int groups) {
  const int inputs = floats + others;
  const auto matrix = keep(name, static_cast<std::size_t>(inputs) * outputs);
  const int group = others / groups;
  const int group_words = bfloat16_ ? (group + 1) / 2 : group;
  Gemm g;
  g.outputs = outputs;
  g.floats = floats;
  g.words = groups * group_words;
  g.bias = keep(name + "_bias", outputs).data();
  kept_.push_back(std::make_unique<float[]>(static_cast<std::size_t>(g.floats + g.words) * outputs));
  float* to = kept_.back().get();
  g.packed = to;
  const auto at = [&](int input, int output) { return matrix[static_cast<std::size_t>(input) * outputs + output]; };
  for (int first = 0; first < outputs; first += kBlock) {
    const int width = std::min(kBlock, outputs - first);
    for (int k = 0; k < floats; k++)
      for (int r = 0; r < width; r++) *to++ = at(k, first + r);
    for (int w = 0; w < g.words; w++)
      for (int r = 0; r < width; r++) {
        if (!bfloat16_) {
          *to++ = at(floats + w, first + r);
          continue;
        }
        const int in_group = w % group_words * 2, k = floats + w / group_words * group + in_group;
        const auto low = bfloat16(at(k, first + r));
        const auto high = in_group + 1 < group ? bfloat16(at(k + 1, first + r)) : 0u;
        *to++ = std::bit_cast<float>(high << 16 | low);
      }
  }
  return g;
}

}  // namespace tenprint::leader
