#include "synth/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "synth/grow.h"
#include "synth/population.h"
#include "synth/warp.h"

namespace nb = nanobind;

namespace tenprint::synth {
namespace {

template <typename T, int N>
using In = nb::ndarray<const T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Out = nb::ndarray<nb::numpy, T, nb::ndim<2>>;
template <typename T>
using Row = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

constexpr int kMaxExtent = 8192;

template <typename T>
Out<T> own(std::unique_ptr<T[]> data, int height, int width) {
  nb::capsule owner(data.get(), [](void* p) noexcept { delete[] static_cast<T*>(p); });
  T* pixels = data.release();
  return {pixels, {static_cast<std::size_t>(height), static_cast<std::size_t>(width)}, owner};
}

void check_extent(int64_t height, int64_t width) {
  if (height < 1 || width < 1 || height > kMaxExtent || width > kMaxExtent)
    throw std::invalid_argument("height and width must be 1 to 8192");
}

Out<int16_t> grow_ridges(const In<int16_t, 2>& ridges, const In<uint8_t, 2>& direction,
                         const In<uint8_t, 2>& period, const In<uint8_t, 2>& inside,
                         const In<int16_t, 4>& bank, int rounds, int shift) {
  const int height = static_cast<int>(ridges.shape(0)), width = static_cast<int>(ridges.shape(1));
  check_extent(static_cast<int64_t>(ridges.shape(0)), static_cast<int64_t>(ridges.shape(1)));
  for (const auto* map : {&direction, &period, &inside})
    if (map->shape(0) != ridges.shape(0) || map->shape(1) != ridges.shape(1))
      throw std::invalid_argument("the maps must have the shape of the ridges");
  const Bank filters{bank.data(), static_cast<int>(bank.shape(0)), static_cast<int>(bank.shape(1)),
                     static_cast<int>(bank.shape(2)), static_cast<int>(bank.shape(3))};
  if (filters.rows % 2 == 0 || filters.rows > filters.lanes ||
      (filters.lanes != 16 && filters.lanes != 32))
    throw std::invalid_argument("a filter must have an odd side within 16 or 32 lanes");
  if (rounds < 0 || rounds > 1000 || shift < 1 || shift > 30)
    throw std::invalid_argument("rounds must be 0 to 1000, shift 1 to 30");
  const std::size_t size = ridges.size();
  auto out = std::make_unique<int16_t[]>(size);
  {
    nb::gil_scoped_release release;
    for (std::size_t k = 0; k < size; ++k)
      if (direction.data()[k] >= filters.directions || period.data()[k] >= filters.periods)
        throw std::out_of_range("no such filter in the bank");
    // No sum may pass 2^31 with images within +-kPeak.
    const std::size_t taps = static_cast<std::size_t>(filters.rows) * filters.lanes;
    for (std::size_t f = 0; f < bank.size() / taps; ++f) {
      int64_t sum = 0;
      for (std::size_t k = 0; k < taps; ++k) sum += std::abs(int32_t{bank.data()[f * taps + k]});
      if (sum * kPeak >= (int64_t{1} << 30)) throw std::invalid_argument("a filter is too strong");
    }
    for (std::size_t k = 0; k < size; ++k)
      out[k] = std::clamp<int16_t>(ridges.data()[k], -kPeak, kPeak);
    grow(out.get(), direction.data(), period.data(), inside.data(), height, width, filters, rounds,
         shift);
  }
  return own(std::move(out), height, width);
}

Out<float> spline_surface(const In<float, 2>& coefficients, float step, int height, int width) {
  check_extent(height, width);
  const int rows = static_cast<int>(coefficients.shape(0));
  const int columns = static_cast<int>(coefficients.shape(1));
  const auto knots = [step](int extent) { return static_cast<int>((extent - 1) / step) + 4; };
  if (!(step >= 1.0f) || rows < knots(height) || columns < knots(width))
    throw std::invalid_argument("too few coefficients for this extent");
  auto out = std::make_unique<float[]>(static_cast<std::size_t>(height) * width);
  {
    nb::gil_scoped_release release;
    spline(coefficients.data(), columns, step, out.get(), height, width);
  }
  return own(std::move(out), height, width);
}

Out<float> warp_image(const In<int16_t, 2>& image, const In<float, 2>& x_from,
                      const In<float, 2>& y_from, int step, float outside, int height, int width) {
  check_extent(height, width);
  check_extent(static_cast<int64_t>(image.shape(0)), static_cast<int64_t>(image.shape(1)));
  const int rows = static_cast<int>(x_from.shape(0)), columns = static_cast<int>(x_from.shape(1));
  if (y_from.shape(0) != x_from.shape(0) || y_from.shape(1) != x_from.shape(1))
    throw std::invalid_argument("both grids must have one shape");
  if (step < 1 || rows < (height - 1) / step + 2 || columns < (width - 1) / step + 2)
    throw std::invalid_argument("too few knots for this extent");
  auto out = std::make_unique<float[]>(static_cast<std::size_t>(height) * width);
  {
    nb::gil_scoped_release release;
    warp(image.data(), static_cast<int>(image.shape(0)), static_cast<int>(image.shape(1)),
         x_from.data(), y_from.data(), columns, step, outside, out.get(), height, width);
  }
  return own(std::move(out), height, width);
}

// A struct of doubles from an array in the order of its members.
template <typename Numbers>
Numbers numbers_of(const In<double, 1>& array, const char* what) {
  constexpr std::size_t kCount = sizeof(Numbers) / sizeof(double);
  if (array.size() != kCount) throw std::invalid_argument(what);
  for (std::size_t k = 0; k < kCount; ++k)
    if (!std::isfinite(array.data()[k])) throw std::invalid_argument(what);
  Numbers numbers;
  std::memcpy(&numbers, array.data(), sizeof numbers);
  return numbers;
}

template <typename T>
Row<T> own_row(std::vector<T>&& values) {
  auto* kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {kept->data(), {kept->size()}, owner};
}

std::pair<Row<uint8_t>, Row<int64_t>> make_population(uint64_t seed, uint64_t first, int64_t count, uint64_t impression,
                          const In<uint8_t, 1>& fingers, const In<double, 2>& classes,
                          const In<double, 1>& anatomy, const In<double, 1>& touch) {
  if (count < 0 || count > (int64_t{1} << 32)) throw std::invalid_argument("count is out of range");
  for (std::size_t k = 0; k < fingers.size(); ++k)
    if (fingers.data()[k] < 1 || fingers.data()[k] > 10)
      throw std::invalid_argument("fingers must be 1 to 10");
  if (classes.shape(0) != 10 || classes.shape(1) != 4)
    throw std::invalid_argument("classes must have the shape (10, 4)");
  Classes thresholds;
  std::memcpy(&thresholds, classes.data(), sizeof thresholds);
  const auto body = numbers_of<Anatomy>(anatomy, "not an anatomy");
  const auto style = numbers_of<Touch>(touch, "not a style");
  check_population(body, style);
  std::vector<uint8_t> data;
  std::vector<int64_t> lengths;
  {
    nb::gil_scoped_release release;
    populate(seed, first, count, impression, fingers.data(), fingers.size(), thresholds, body,
             style, data, lengths);
  }
  return {own_row(std::move(data)), own_row(std::move(lengths))};
}

}  // namespace

void bind(nb::module_& m) {
  using namespace nb::literals;
  m.def("synth_grow", &grow_ridges, "ridges"_a, "direction"_a, "period"_a, "inside"_a, "bank"_a,
        "rounds"_a, "shift"_a,
        "Ridges (int16, within 1023) filtered `rounds` times by the filter each pixel names.");
  m.def("synth_spline", &spline_surface, "coefficients"_a, "step"_a, "height"_a, "width"_a,
        "A uniform cubic B-spline surface with knots `step` pixels apart.");
  m.def("synth_warp", &warp_image, "image"_a, "x_from"_a, "y_from"_a, "step"_a, "outside"_a,
        "height"_a, "width"_a,
        "The image resampled at the places named by two grids with knots `step` pixels apart.");
  m.def("synth_population", &make_population, "seed"_a, "first"_a, "count"_a, "impression"_a,
        "fingers"_a, "classes"_a, "anatomy"_a, "touch"_a,
        "Packed templates of fictitious people one after the other, and the length of each.");
}

}  // namespace tenprint::synth
