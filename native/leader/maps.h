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

// All maps of one image in one block of memory, which is kept for the next image where it is large
// enough. Level l has height >> l rows.
//
// Maps that are never needed at the same time share their place, but only maps of one level: there
// the same pixels are written by both, so what must be zero stays zero.
class Maps {
 public:
  // Lays the maps out for an image of this size, all zero: what lies outside the image and the
  // finger counts as zero. Throws std::bad_alloc.
  void prepare(int height, int width);

  int height = 0, width = 0;
  Map image;                        // two channels: even and odd columns
  Map stem, words;                  // level 1: stem0; what the attention looks at
  Map features;                     // level 1: after the attention, and stem1
  Map heads[3];                     // level 1, four channels each
  Map context_in[6], context[5];    // levels 2-5: pooled; levels 1-4: decoder and skip
  Map refine_in[6], refine[5];      // the same for the refinement
  Map position, smoothed;           // level 0

 private:
  std::unique_ptr<float[], Free> memory_;
  std::size_t bytes_ = 0;
};

// Tiles that cover the marked cells (32 x 32 pixels of the image) at a level.
std::vector<Tile> tiles(const std::uint8_t* cells, int height, int width, int level);

}  // namespace tenprint::leader
