#include "leader/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "cpu/cpu.h"
#include "leader/leader.h"

namespace nb = nanobind;
using tenprint::leader::Network;

namespace {

using FloatArray = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Image = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

std::unique_ptr<Network> make(const nb::typed<nb::dict, nb::str, FloatArray>& arrays, bool bfloat16) {
  tenprint::leader::Tensors tensors;
  for (const auto& [name, value] : arrays) {
    const auto array = nb::cast<FloatArray>(value);
    tensors[nb::cast<std::string>(name)] = {array.data(), array.size()};
  }
  return std::make_unique<Network>(tensors, bfloat16);
}

Table run(const Network& network, const Image& pixels, const Image& cells, float threshold, int most,
          int threads, std::optional<nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>> position) {
  const auto height = pixels.shape(0), width = pixels.shape(1);
  if (height == 0 || width == 0 || height % 32 || width % 32 || height > 8192 || width > 8192)
    throw std::invalid_argument("the image's sides must be multiples of 32, 32 to 8192");
  if (cells.shape(0) != height / 32 || cells.shape(1) != width / 32)
    throw std::invalid_argument("there must be one cell for every 32 x 32 pixels");
  if (position && (position->shape(0) != height || position->shape(1) != width))
    throw std::invalid_argument("the position map must be as large as the image");
  if (most < 0 || threads < 1) throw std::invalid_argument("most and threads must be positive");
  const tenprint::leader::Image image{pixels.data(), static_cast<int>(height), static_cast<int>(width)};
  std::vector<tenprint::leader::Peak> peaks;
  {
    nb::gil_scoped_release release;
    peaks = network.run(image, cells.data(), threshold, most, threads, position ? position->data() : nullptr);
  }
  auto table = std::make_unique<float[]>(peaks.size() * 6);
  float* to = table.get();
  for (const auto& p : peaks)
    for (float value : {static_cast<float>(p.row), static_cast<float>(p.column), p.probability, p.cosine, p.sine, p.ending})
      *to++ = value;
  nb::capsule owner(table.get(), [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return Table(table.release(), {peaks.size(), 6}, owner);
}

}  // namespace

void tenprint::leader::bind(nb::module_& m) {
  nb::class_<Network>(m, "LeaderNetwork", "The LEADER minutiae network with packed weights; safe to share between threads.")
      .def(nb::new_(&make), nb::arg("tensors"), nb::arg("bfloat16"),
           "tensors: name to C-contiguous float32 array. ValueError where one is missing or misshapen.")
      .def("run", &run, nb::arg("pixels"), nb::arg("cells"), nb::arg("threshold"), nb::arg("most"),
           nb::arg("threads") = 1, nb::arg("position") = nb::none(),
           "Rows of (row, column, probability, cosine, sine, ending), best first, of an image whose "
           "sides are multiples of 32. cells: uint8, one for every 32 x 32 pixels, 0 to skip it. "
           "position: float32 map to fill.");
  m.def("has_avx512_bf16", [] { return tenprint::has_avx512_bf16(); },
        "Whether this processor multiplies bfloat16 (AVX-512 BF16).");
}
