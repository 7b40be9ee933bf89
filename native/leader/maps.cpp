#include "leader/maps.h"

#include <algorithm>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tenprint::leader {

void Maps::prepare(int new_height, int new_width) {
  height = new_height;
  width = new_width;
  // Where a map lies: in which block of channels of its level, from which channel on.
  struct Place {
    Map* map;
    int level, block, channel;
  };
  const Place places[] = {
      {&context[1], 1, 0, 0},     {&stem, 1, 0, 32},          {&words, 1, 0, 32},
      {&refine[1], 1, 0, 0},      {&features, 1, 1, 0},       {&heads[0], 1, 1, 0},
      {&heads[1], 1, 1, 4},       {&heads[2], 1, 1, 8},       {&context[2], 2, 0, 0},
      {&context_in[2], 2, 0, 64}, {&refine[2], 2, 0, 0},      {&refine_in[2], 2, 0, 106},
      {&context[3], 3, 0, 0},     {&context_in[3], 3, 0, 128}, {&refine[3], 3, 0, 0},
      {&refine_in[3], 3, 0, 219}, {&context[4], 4, 0, 0},     {&context_in[4], 4, 0, 256},
      {&refine[4], 4, 0, 0},      {&refine_in[4], 4, 0, 59},  {&context_in[5], 5, 0, 0},
      {&refine_in[5], 5, 0, 0},   {&position, 0, 0, 0},       {&smoothed, 0, 0, 1},
      {&image, 0, 1, 0}};
  // Channels of every block of every level.
  constexpr int kChannels[6][2] = {{2, 2}, {52, 64}, {138, 0}, {283, 0}, {320, 0}, {128, 0}};

  std::size_t offset[6][2];
  Map shape[6][2];
  std::size_t size = 0;
  for (int level = 0; level < 6; level++)
    for (int block = 0; block < 2; block++) {
      const bool halved = level == 0 && block == 1;  // the image: even and odd columns apart
      const int columns = halved ? width / 2 : width >> level;
      // To the right there is room for a whole tile that starts at the last pixel; an odd number of
      // cache lines a row keeps the rows of a tile in different sets.
      const int lines = (kMarginLeft + columns + kTileColumns + kMargin + 15) / 16;
      const int stride = 16 * (lines | 1);
      const long rows = kMargin + (height >> level) + kTileRows + kMargin;
      shape[level][block] = {nullptr, rows * stride, stride};
      offset[level][block] = size + static_cast<std::size_t>(kMargin * stride + kMarginLeft);
      size += static_cast<std::size_t>(rows * stride) * static_cast<std::size_t>(kChannels[level][block]);
    }

  constexpr std::size_t kHuge = 1 << 21;  // a tile touches hundreds of small pages
  if (const std::size_t bytes = (size * sizeof(float) + kHuge - 1) / kHuge * kHuge; bytes > bytes_) {
    memory_.reset();
    bytes_ = 0;
    memory_.reset(static_cast<float*>(std::aligned_alloc(kHuge, bytes)));
    if (!memory_) throw std::bad_alloc();
    bytes_ = bytes;
#if defined(__linux__)
    madvise(memory_.get(), bytes, MADV_HUGEPAGE);  // a wish; without it only slower
#endif
  }
  std::memset(memory_.get(), 0, size * sizeof(float));
  for (const auto& p : places) {
    *p.map = shape[p.level][p.block];
    p.map->origin = memory_.get() + offset[p.level][p.block] + p.channel * p.map->plane;
  }
}

std::vector<Tile> tiles(const std::uint8_t* cells, int height, int width, int level) {
  const int rows = height >> level, columns = width >> level, cell = 32 >> level;
  std::vector<Tile> result;
  std::vector<std::uint8_t> active(static_cast<std::size_t>(columns));
  for (int y = 0; y < rows; y += kTileRows) {
    const int last = std::min(y + kTileRows, rows);
    std::fill(active.begin(), active.end(), std::uint8_t{0});
    for (int cell_row = y / cell; cell_row <= (last - 1) / cell; cell_row++)
      for (int x = 0; x < columns; x++) active[x] |= cells[cell_row * (width / 32) + x / cell];
    for (int x = 0; x < columns;) {
      if (!active[x]) {
        x++;
        continue;
      }
      int n = 1;
      while (n < kTileColumns && x + n < columns && active[x + n]) n++;
      result.push_back({y, x, last - y, n});
      x += n;
    }
  }
  return result;
}

}  // namespace tenprint::leader
