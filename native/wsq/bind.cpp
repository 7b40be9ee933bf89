#include "wsq/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include <memory>
#include <tuple>

#include "wsq/decode.h"

namespace nb = nanobind;

namespace tenprint::wsq {

void bind(nb::module_& m) {
  using Pixels = nb::ndarray<nb::numpy, uint8_t, nb::ndim<2>>;
  m.def("wsq_decode", [](const nb::bytes& data, int most_side, std::size_t most_pixels) {
    auto picture = std::make_unique<Picture>();
    const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
    const std::size_t length = data.size();
    {
      nb::gil_scoped_release release;
      *picture = decode(bytes, length, most_side, most_pixels);
    }
    const std::size_t height = static_cast<std::size_t>(picture->size.height);
    const std::size_t width = static_cast<std::size_t>(picture->size.width);
    uint8_t* pixels = picture->pixels.data();
    nb::bytes comments(picture->comments.data(), picture->comments.size());
    nb::capsule owner(picture.release(), [](void* p) noexcept { delete static_cast<Picture*>(p); });
    return std::make_tuple(Pixels(pixels, {height, width}, owner), comments);
  }, nb::arg("data"), nb::arg("most_side"), nb::arg("most_pixels"),
     "Pixels (uint8, height x width) and the comments of a WSQ image; ValueError where damaged.");
  nb::register_exception_translator([](const std::exception_ptr& p, void*) {
    try {
      std::rethrow_exception(p);
    } catch (const Damaged& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    }
  });
}

}  // namespace tenprint::wsq
