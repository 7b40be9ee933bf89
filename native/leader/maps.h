// The feature maps of one run and the tiles that cover the finger at each resolution.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "leader/kernels.h"

namespace tenprint::leader {

struct Free {
  void operator()(float* p) const { std::free(p); }
};

// All maps of one image size in one block of memory. Level l has height >> l rows.
struct Maps {
  Maps(int height, int width);

  // Zeros everywhere: what lies outside the image and the finger counts as zero.
  void clear();

  int height, width;
  Map image;                            // two channels: even and odd columns
  Map stem, seen, words, features;      // level 1: stem0; context skip and decoder; gate and stem1
  Map heads[3];                         // level 1, four channels each
  Map context_in[6], context[5];        // levels 2-5: pooled; levels 1-4: decoder with skip
  Map refine_in[6], refine[5];          // the same for the refinement
  Map position, smoothed;               // level 0

 private:
  std::unique_ptr<float[], Free> memory_;
  std::size_t size_ = 0;
};

// Tiles that cover the marked cells (32 x 32 pixels of the image) at a level.
std::vector<Tile> tiles(const std::uint8_t* cells, int height, int width, int level);

}  // namespace tenprint::leader
