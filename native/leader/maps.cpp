#include "leader/maps.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace tenprint::leader {

Maps::Maps(int h, int w) : height(h), width(w) {
  struct Wanted {
    Map* map;
    int channels, level;
    bool columns_halved;
  };
  const std::vector<Wanted> wanted = {
      {&image, 2, 0, true},           {&stem, 16, 1, false},          {&words, 32, 1, false},
      {&features, 64, 1, false},      {&heads[0], 4, 1, false},       {&heads[1], 4, 1, false},
      {&heads[2], 4, 1, false},       {&context_in[2], 16, 2, false}, {&context_in[3], 32, 3, false},
      {&context_in[4], 64, 4, false}, {&context_in[5], 128, 5, false}, {&context[1], 32, 1, false},
      {&context[2], 64, 2, false},    {&context[3], 128, 3, false},   {&context[4], 256, 4, false},
      {&refine_in[2], 32, 2, false},  {&refine_in[3], 64, 3, false},  {&refine_in[4], 128, 4, false},
      {&refine_in[5], 32, 5, false},  {&refine[1], 52, 1, false},     {&refine[2], 106, 2, false},
      {&refine[3], 219, 3, false},    {&refine[4], 59, 4, false},     {&position, 1, 0, false},
      {&smoothed, 1, 0, false}};
  const auto shape = [&](const Wanted& m) {
    const int columns = m.columns_halved ? width / 2 : width >> m.level;
    // To the right there is room for a whole tile that starts at the last pixel; an odd number of
    // cache lines a row keeps the rows of a tile in different sets.
    int stride = (kMargin + columns + kTileColumns + kMargin + 15) / 16 * 16;
    if (stride / 16 % 2 == 0) stride += 16;
    const long rows = kMargin + (height >> m.level) + kTileRows + kMargin;
    m.map->stride = stride;
    m.map->plane = rows * stride;
    return m.map->plane * m.channels;
  };
  for (const auto& m : wanted) size_ += static_cast<std::size_t>(shape(m));
  size_ = (size_ + 15) / 16 * 16;
  memory_.reset(static_cast<float*>(std::aligned_alloc(64, size_ * sizeof(float))));
  if (!memory_) throw std::bad_alloc();
  float* at = memory_.get();
  for (const auto& m : wanted) {
    m.map->origin = at + kMargin * m.map->stride + kMargin;
    at += shape(m);
  }
}

void Maps::clear() { std::memset(memory_.get(), 0, size_ * sizeof(float)); }

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
