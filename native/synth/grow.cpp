#include "synth/grow.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace tenprint::synth {
namespace {

// Lanes known when compiled: the compiler turns a row into multiply-add of pairs of int16.
template <int Lanes>
int32_t respond(const int16_t* image, std::ptrdiff_t stride, const int16_t* taps, int rows) {
  int32_t sum = 0;
  for (int r = 0; r < rows; ++r, image += stride, taps += Lanes)
    for (int k = 0; k < Lanes; ++k)
      sum += static_cast<int32_t>(image[k]) * static_cast<int32_t>(taps[k]);
  return sum;
}

template <int Lanes>
void round(const std::vector<int16_t>& from, std::vector<int16_t>& to, std::ptrdiff_t stride,
           const uint8_t* direction, const uint8_t* period, const uint8_t* inside, int height,
           int width, const Bank& bank, int shift) {
  const int reach = bank.rows / 2;
  const int32_t half = 1 << (shift - 1);
  const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(bank.rows) * Lanes;
  for (int y = 0; y < height; ++y) {
    const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(y) * width;
    const int16_t* window = from.data() + y * stride;  // padded by `reach`: top left of the filter
    int16_t* out = to.data() + (y + reach) * stride + reach;
    for (int x = 0; x < width; ++x) {
      if (!inside[row + x]) continue;
      const int16_t* taps =
          bank.taps + (static_cast<std::ptrdiff_t>(direction[row + x]) * bank.periods +
                       period[row + x]) * size;
      const int32_t sum = respond<Lanes>(window + x, stride, taps, bank.rows);
      out[x] = static_cast<int16_t>(std::clamp((sum + half) >> shift, -kPeak, kPeak));
    }
  }
}

}  // namespace

void grow(int16_t* ridges, const uint8_t* direction, const uint8_t* period, const uint8_t* inside,
          int height, int width, const Bank& bank, int rounds, int shift) {
  const auto step = bank.lanes == 16   ? round<16>
                    : bank.lanes == 32 ? round<32>
                                       : throw std::invalid_argument("lanes must be 16 or 32");
  const int reach = bank.rows / 2;
  const std::ptrdiff_t stride = width + 2 * reach + bank.lanes;
  std::vector<int16_t> now(static_cast<std::size_t>(stride) * (height + 2 * reach + 1));
  for (int y = 0; y < height; ++y)
    std::copy_n(ridges + static_cast<std::ptrdiff_t>(y) * width, width,
                now.data() + (y + reach) * stride + reach);
  std::vector<int16_t> next(now);
  for (int r = 0; r < rounds; ++r) {
    step(now, next, stride, direction, period, inside, height, width, bank, shift);
    std::swap(now, next);
  }
  for (int y = 0; y < height; ++y)
    std::copy_n(now.data() + (y + reach) * stride + reach, width,
                ridges + static_cast<std::ptrdiff_t>(y) * width);
}

}  // namespace tenprint::synth
