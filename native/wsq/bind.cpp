#include "wsq/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <memory>
#include <tuple>

#include "wsq/decode.h"
#include "wsq/encode.h"

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
  using Grey = nb::ndarray<const uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
  m.def("wsq_encode", [](const Grey& pixels, double bitrate, const std::string& comment) {
    const std::size_t height = pixels.shape(0), width = pixels.shape(1);
    if (height < 1 || width < 1 || height > 65535 || width > 65535)
      throw nb::value_error("a side of the image is not 1 to 65,535 pixels");
    if (!(bitrate > 0 && bitrate <= 16)) throw nb::value_error("the rate is not above 0, to 16");
    if (comment.size() > 65000) throw nb::value_error("the comment is too long");
    std::vector<uint8_t> stream;
    {
      nb::gil_scoped_release release;
      stream = encode(pixels.data(), static_cast<int>(height), static_cast<int>(width), bitrate,
                      comment);
    }
    return nb::bytes(stream.data(), stream.size());
  }, nb::arg("pixels"), nb::arg("bitrate"), nb::arg("comment"),
     "The WSQ stream of grey pixels at a nominal rate in bits a pixel; ValueError out of range.");
  nb::register_exception_translator([](const std::exception_ptr& p, void*) {
    try {
      std::rethrow_exception(p);
    } catch (const Damaged& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    }
  });
}

}  // namespace tenprint::wsq
