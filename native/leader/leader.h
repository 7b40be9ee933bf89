// The LEADER minutiae network as one C++ program: weights once, then images to minutiae.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "leader/kernels.h"

namespace tenprint::leader {

// Tensors by name, as src/tenprint/extract/_merge.py makes them.
using Tensors = std::map<std::string, std::span<const float>>;

struct Peak {
  std::int32_t row, column;
  float probability;    // smoothed
  float cosine, sine;   // of the direction, up to scale
  float ending;         // probability of a ridge ending
};

struct Image {
  const std::uint8_t* pixels;
  int height, width;  // multiples of 32
};

class Maps;    // the feature maps of one run
class Packer;  // owns packed weights

class Network {
 public:
  // Throws std::invalid_argument where a tensor is missing or has another size, or where bfloat16
  // is asked for on a processor without it.
  Network(const Tensors& tensors, bool bfloat16);
  ~Network();

  // The peaks of the smoothed position map of at least `threshold`, best first, at most `most`.
  //
  // `cells` (height / 32 x width / 32, row by row): which parts of the image to look at; everything
  // else counts as outside. `position`, where given, receives the probability map (height x width).
  // Safe to call from several threads at once.
  std::vector<Peak> run(const Image& image, const std::uint8_t* cells, float threshold, int most,
                        int threads, float* position) const;

 private:
  friend class Run;
  std::unique_ptr<Maps> take_maps() const;
  void give_maps(std::unique_ptr<Maps> maps) const;

  bool bfloat16_;
  std::unique_ptr<Packer> packer_;
  Stem stem_[2];
  Separable encode_[4], decode_[4];
  Attention attention_;
  Bottleneck refine_[4], restore_[4];
  Head heads_[3];
  std::span<const float> position_, direction_, kind_;  // output convolutions, weights then bias
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Maps>> idle_;
};

}  // namespace tenprint::leader
