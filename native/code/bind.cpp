#include "code/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "code/code.h"

namespace nb = nanobind;

namespace tenprint::code {
namespace {

template <std::size_t... Shape>
using Floats = nb::ndarray<const float, nb::shape<static_cast<nb::ssize_t>(Shape)...>, nb::c_contig,
                           nb::device::cpu>;
using Bytes = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Places = nb::ndarray<const int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Vectors = nb::ndarray<const float, nb::shape<-1, kDimensions>, nb::c_contig, nb::device::cpu>;

template <typename Array>
std::vector<float> copied(const Array& array) {
  return {array.data(), array.data() + array.size()};
}

template <typename T>
using Table = nb::ndarray<nb::numpy, T, nb::ndim<2>>;

template <typename T, std::size_t Width>
Table<T> owned(std::unique_ptr<T[]> values, std::size_t n) {
  T* data = values.release();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return {data, {n, Width}, owner};
}

// What Python gets of `encode`: where it stopped, codes, vectors where they were wanted.
using Encoded = std::tuple<std::size_t, Table<uint8_t>, std::optional<Table<float>>>;

void check_places(const Bytes& data, const Places& from, const Places& to) {
  if (from.shape(0) != to.shape(0)) throw std::invalid_argument("as many starts as stops");
  for (std::size_t k = 0; k < from.shape(0); ++k)
    if (from.data()[k] < 0 || to.data()[k] < from.data()[k] ||
        static_cast<std::size_t>(to.data()[k]) > data.shape(0))
      throw std::invalid_argument("a record lies outside the data");
}

}  // namespace

void bind(nb::module_& m) {
  nb::class_<CodeModel>(m, "CodeModel", "The trained numbers of the fingers' codes. Immutable.")
      .def("__init__", [](CodeModel* self, const Floats<kBits, kShape>& shape,
                          const Floats<kShape>& shape_zero,
                          const Floats<kFeatures, kComponents>& linear,
                          const Floats<kFeatures, kComponents>& square,
                          const Floats<kComponents>& constant,
                          const Floats<kComponents, kPadded>& mean,
                          const Floats<kComponents, kPadded>& scale,
                          const Floats<kComponents>& share, const Floats<kComponents>& count_scale,
                          const Floats<kFisher, kDimensions>& projection,
                          const Floats<kDimensions>& offset,
                          const Floats<kParts, kCentroids, kPartSize>& centroids) {
             new (self) CodeModel{copied(shape),      copied(shape_zero), copied(linear),
                                  copied(square),     copied(constant),   copied(mean),
                                  copied(scale),      copied(share),      copied(count_scale),
                                  copied(projection), copied(offset),     copied(centroids)};
           }, nb::arg("shape"), nb::arg("shape_zero"), nb::arg("linear"), nb::arg("square"),
           nb::arg("constant"), nb::arg("mean"), nb::arg("scale"), nb::arg("share"),
           nb::arg("count_scale"), nb::arg("projection"), nb::arg("offset"), nb::arg("centroids"))
      .def("encode", [](const CodeModel& self, const Bytes& data, const Places& from,
                        const Places& to, int threads, bool want_vectors) -> Encoded {
             check_places(data, from, to);
             if (threads < 1) throw std::invalid_argument("threads is at least 1");
             const std::size_t n = from.shape(0);
             std::unique_ptr<float[]> vectors(want_vectors ? new float[n * kDimensions] : nullptr);
             std::unique_ptr<uint8_t[]> codes(new uint8_t[n * kCodeBytes]);
             std::size_t end;
             {
               nb::gil_scoped_release release;
               end = encode(self, data.data(), from.data(), to.data(), n, threads, vectors.get(),
                            codes.get());
             }
             std::optional<Table<float>> floats;
             if (want_vectors) floats = owned<float, kDimensions>(std::move(vectors), n);
             return {end, owned<uint8_t, kCodeBytes>(std::move(codes), n), floats};
           }, nb::arg("data"), nb::arg("starts"), nb::arg("stops"), nb::arg("threads") = 1,
           nb::arg("vectors") = false,
           "Codes of packed records: the first record that cannot be read (or their number), the "
           "codes (n, 24) and, where wanted, the vectors (n, 192) they come from.")
      .def("fisher", [](const CodeModel& self, const Bytes& data, const Places& from,
                        const Places& to) -> std::tuple<std::size_t, Table<float>> {
             check_places(data, from, to);
             const std::size_t n = from.shape(0);
             std::unique_ptr<float[]> out(new float[n * kFisher]());
             const std::size_t end =
                 aggregate_all(self, data.data(), from.data(), to.data(), n, out.get());
             return {end, owned<float, kFisher>(std::move(out), n)};
           }, nb::arg("data"), nb::arg("starts"), nb::arg("stops"),
           "The Fisher vectors (n, 3392) of packed records, for training.")
      .def("quantise", [](const CodeModel& self, const Vectors& vectors) {
             const std::size_t n = vectors.shape(0);
             std::unique_ptr<uint8_t[]> codes(new uint8_t[n * kCodeBytes]);
             for (std::size_t k = 0; k < n; ++k)
               quantise(self, vectors.data() + k * kDimensions, codes.get() + k * kCodeBytes);
             return owned<uint8_t, kCodeBytes>(std::move(codes), n);
           }, nb::arg("vectors"), "The codes (n, 24) of vectors (n, 192).");
}

}  // namespace tenprint::code
