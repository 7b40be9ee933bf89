// Weights in the order the kernels read them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "leader/leader.h"

namespace tenprint::leader {

class Packer {
 public:
  Packer(const Tensors& tensors, bool bfloat16) : tensors_(tensors), bfloat16_(bfloat16) {}

  // A copy that lives as long as the packer; throws std::invalid_argument on another size.
  std::span<const float> keep(const std::string& name, std::size_t size);

  // `name` is (floats + words, outputs) row by row, `name_bias` (outputs). The first `floats` inputs
  // stay float32, the others become words. Word inputs come in `groups` of equal size, each of
  // which fills whole words.
  Gemm gemm(const std::string& name, int floats, int others, int outputs, int groups = 1);

 private:
  const Tensors& tensors_;
  bool bfloat16_;
  std::vector<std::unique_ptr<float[]>> kept_;
};

}  // namespace tenprint::leader
