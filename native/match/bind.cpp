#include "match/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>

#include "match/many.h"
#include "match/score.h"

namespace nb = nanobind;

namespace tenprint::match {
namespace {

using Ints = nb::ndarray<const int32_t, nb::shape<-1, 4>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<const int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::shared_ptr<const Prepared> prepare(const Ints& minutiae) {
  const std::size_t n = minutiae.shape(0);
  if (n > kMaxMinutiae) throw std::invalid_argument("more than 255 minutiae");
  std::vector<Minutia> list(n);
  for (std::size_t k = 0; k < n; ++k) {
    const int32_t* row = minutiae.data() + 4 * k;
    list[k] = {row[0], row[1], row[2], row[3]};
    if (row[0] < 0 || row[0] > 4095 || row[1] < 0 || row[1] > 4095 || row[2] < 0 ||
        row[2] >= kTurn || row[3] < 0 || row[3] > 100)
      throw std::invalid_argument("a minutia is out of range");
  }
  return std::make_shared<Prepared>(list.data(), static_cast<int>(n));
}

Workspace& workspace() {
  static thread_local std::unique_ptr<Workspace> own(new Workspace());
  return *own;
}

// A template made ready, as Python holds it.
struct Ready {
  explicit Ready(const Ints& minutiae) : prepared(prepare(minutiae)) {}
  std::shared_ptr<const Prepared> prepared;
};

class Set {
 public:
  std::size_t append(const Ready& ready) {
    std::unique_lock lock(mutex_);
    rows_.push_back(ready.prepared);
    return rows_.size() - 1;
  }
  void discard(std::size_t row) {
    std::unique_lock lock(mutex_);
    rows_.at(row).reset();
  }
  std::size_t size() const {
    std::shared_lock lock(mutex_);
    return rows_.size();
  }
  std::size_t bytes() const {
    std::shared_lock lock(mutex_);
    std::size_t sum = 0;
    for (const auto& row : rows_)
      if (row) sum += row->bytes() + sizeof(row);
    return sum;
  }
  nb::ndarray<nb::numpy, float, nb::ndim<1>> compare(const Ready& probe, const Model& model,
                                                     const std::optional<Rows>& rows) const {
    float* scores = nullptr;
    std::size_t count;
    {
      nb::gil_scoped_release release;
      std::shared_lock lock(mutex_);
      count = rows ? rows->shape(0) : rows_.size();
      if (rows)
        for (std::size_t k = 0; k < count; ++k)
          if (rows->data()[k] < 0 || static_cast<std::size_t>(rows->data()[k]) >= rows_.size())
            throw std::out_of_range("no such row");
      scores = new float[count ? count : 1];
      Workspace& work = workspace();
      for (std::size_t k = 0; k < count; ++k) {
        const auto& row = rows_[rows ? static_cast<std::size_t>(rows->data()[k]) : k];
        scores[k] =
            row ? static_cast<float>(match::compare(*probe.prepared, *row, model, work).score) : 0.0f;
      }
    }
    nb::capsule owner(scores, [](void* p) noexcept { delete[] static_cast<float*>(p); });
    return {scores, {count}, owner};
  }

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<const Prepared>> rows_;
};

using Terms = std::array<double, kBasis>;

Model make_model(const Terms& first_location, const Terms& first_spread, double gate,
                 const Curve& first_score, const std::array<double, kFeatures>& weights,
                 const Terms& second_location, const Terms& second_spread,
                 const Curve& second_score,
                 const std::tuple<double, double, double, double>& limits) {
  for (const Curve* c : {&first_score, &second_score}) {
    if (c->x.size() < 2 || c->x.size() != c->y.size())
      throw std::invalid_argument("a curve needs two points or more");
    for (std::size_t k = 1; k < c->x.size(); ++k)
      if (!(c->x[k] > c->x[k - 1] && c->y[k] >= c->y[k - 1]))
        throw std::invalid_argument("a curve must rise");
  }
  const auto [first_least, second_least, ceiling, most_typical] = limits;
  if (!(first_least > 0 && second_least > 0)) throw std::invalid_argument("a spread must be positive");
  return {{first_location, first_spread, first_least},    gate,         first_score, weights,
          {second_location, second_spread, second_least}, second_score, ceiling,
          most_typical};
}

using Packed = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Choice = nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Column = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

template <typename T>
Column<T> column(std::vector<T>&& values) {
  auto* held = new std::vector<T>(std::move(values));
  nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {held->data(), {held->size()}, owner};
}

// Python's int for "all of them are sound".
int64_t position(std::size_t record) {
  return record == kNoRecord ? -1 : static_cast<int64_t>(record);
}

std::tuple<Column<float>, int64_t> compare_many(const std::vector<const Ready*>& probes,
                                                const Packed& data, const Rows& starts,
                                                const Rows& stops, const Choice& probe_of,
                                                const Model& model, int threads) {
  const std::size_t count = starts.shape(0);
  if (stops.shape(0) != count || probe_of.shape(0) != count)
    throw std::invalid_argument("starts, stops and probe_of differ in length");
  if (threads < 1) throw std::invalid_argument("threads must be positive");
  std::vector<const Prepared*> prepared;
  for (const Ready* probe : probes) {
    if (!probe) throw std::invalid_argument("a probe is None");
    prepared.push_back(probe->prepared.get());
  }
  for (std::size_t k = 0; k < count; ++k)
    if (probe_of.data()[k] < 0 || static_cast<std::size_t>(probe_of.data()[k]) >= prepared.size())
      throw std::out_of_range("no such probe");
  std::vector<float> scores(count);
  std::size_t refused;
  {
    nb::gil_scoped_release release;
    refused = match::compare_packed(prepared, {data.data(), data.shape(0)},
                                    {count, starts.data(), stops.data(), probe_of.data()}, model,
                                    threads, scores.data());
  }
  return {column(std::move(scores)), position(refused)};
}

std::tuple<Column<int64_t>, Column<int64_t>, Column<int64_t>, Column<uint8_t>, Column<uint8_t>,
           int64_t>
list_many(const Packed& data, const Rows& starts, const Rows& stops) {
  if (starts.shape(0) != stops.shape(0))
    throw std::invalid_argument("starts and stops differ in length");
  Directory found;
  std::size_t refused;
  {
    nb::gil_scoped_release release;
    refused = list_packed({data.data(), data.shape(0)}, starts.data(), stops.data(),
                          starts.shape(0), found);
  }
  return {column(std::move(found.run)),    column(std::move(found.from)),
          column(std::move(found.to)),     column(std::move(found.finger)),
          column(std::move(found.quality)), position(refused)};
}

nb::object explain(const Ready& probe, const Ready& candidate, const Model& model) {
  const Prepared &a = *probe.prepared, &b = *candidate.prepared;
  Workspace& work = workspace();
  const Result result = compare(a, b, model, work, true);
  const Evidence& e = result.evidence;
  const Terms known = basis(a.count(), b.count(), result.typical, model);
  const double full = result.second ? score_of(e, result.eigenvalue, known, model) : 0.0;
  nb::list pairs;
  for (int k = 0; k < e.matched; ++k) {
    const Correspondence& c = work.matched[k];
    // What this pair adds: the score less the score without it.
    Evidence without = e;
    const int rest = without.matched = e.matched - 1;
    if (rest > 0) {
      const auto left = [&](double all, double own) {
        return std::sqrt(std::max(0.0, (all * all * e.matched - own) / rest));
      };
      without.distance = left(e.distance, c.distance2);
      without.angle = left(e.angle, static_cast<double>(c.angle) * c.angle);
      without.similarity = (e.similarity * e.matched - c.similarity) / rest;
      without.probe_matched -= c.probe_weight;
      without.candidate_matched -= c.candidate_weight;
    }
    const double lost =
        result.second
            ? full - score_of(without, result.eigenvalue, known, model)
            : 0.0;
    pairs.append(nb::make_tuple(a.original(c.probe), b.original(c.candidate), lost,
                                std::sqrt(static_cast<double>(c.distance2)), c.angle, c.similarity));
  }
  const auto parts = features(e, result.eigenvalue);
  nb::list terms;
  for (double part : parts) terms.append(part);
  return nb::make_tuple(result.score, result.second, pairs, e.cosine, e.sine, e.dx, e.dy, terms,
                        result.typical);
}

}  // namespace

void bind(nb::module_& m) {
  nb::class_<Curve>(m, "Curve", "A non-decreasing piecewise linear function.")
      .def("__init__", [](Curve* self, std::vector<double> x, std::vector<double> y) {
        new (self) Curve{std::move(x), std::move(y)};
      }, nb::arg("x"), nb::arg("y"));
  nb::class_<Model>(m, "MatchModel", "The fitted numbers of the matcher.")
      .def("__init__", [](Model* self, const Terms& first_location, const Terms& first_spread,
                          double gate, const Curve& first_score,
                          const std::array<double, kFeatures>& weights, const Terms& second_location,
                          const Terms& second_spread, const Curve& second_score,
                          const std::tuple<double, double, double, double>& limits) {
        new (self) Model(make_model(first_location, first_spread, gate, first_score, weights,
                                    second_location, second_spread, second_score, limits));
      }, nb::arg("first_location"), nb::arg("first_spread"), nb::arg("gate"), nb::arg("first_score"),
         nb::arg("weights"), nb::arg("second_location"), nb::arg("second_spread"),
         nb::arg("second_score"), nb::arg("limits"));
  nb::class_<Ready>(m, "PreparedTemplate",
                    "A template made ready for matching, from int32 rows (x, y, angle unit, weight "
                    "percent). Immutable, safe to share between threads.")
      .def(nb::init<const Ints&>(), nb::arg("minutiae"))
      .def("__len__", [](const Ready& r) { return r.prepared->count(); })
      .def_prop_ro("bytes", [](const Ready& r) { return r.prepared->bytes(); })
      .def("words", [](const Ready& r) -> nb::typed<nb::list, nb::typed<nb::list, int>> {
        // Position in the given template, then the descriptor's words; for the tests' oracle.
        nb::list all;
        for (int k = 0; k < r.prepared->count(); ++k) {
          nb::list row;
          row.append(r.prepared->original(k));
          for (int w = 0; w < kWords; ++w)
            row.append(r.prepared->data()[k / kLanes].bits[w][k % kLanes]);
          all.append(row);
        }
        return all;
      }, "Each minutia's place in the given template and its descriptor, sorted by angle.");
  nb::class_<Set>(m, "PreparedSet", "Many prepared templates; thread-safe.")
      .def(nb::init<>())
      .def("append", &Set::append, nb::arg("template"), "Adds a template; its row.")
      .def("discard", &Set::discard, nb::arg("row"), "Empties a row; it scores 0 from now on.")
      .def("__len__", &Set::size)
      .def_prop_ro("bytes", &Set::bytes, "Memory held.")
      .def("compare", &Set::compare, nb::arg("probe"), nb::arg("model"),
           nb::arg("rows").none() = nb::none(), "One probe against all rows, or those named.");
  m.def("match_score", [](const Ready& probe, const Ready& candidate, const Model& model) {
    nb::gil_scoped_release release;
    return compare(*probe.prepared, *candidate.prepared, model, workspace()).score;
  }, nb::arg("probe"), nb::arg("candidate"), nb::arg("model"), "Minus log10 FMR of two templates.");
  m.def("match_packed", &compare_many, nb::arg("probes"), nb::arg("data"), nb::arg("starts"),
        nb::arg("stops"), nb::arg("probe_of"), nb::arg("model"), nb::arg("threads"),
        "Scores of packed records against the probes they name, and the first record that cannot "
        "be read (-1: all can).");
  m.def("packed_directory", &list_many, nb::arg("data"), nb::arg("starts"), nb::arg("stops"),
        "Packed records in runs of bytes: run, start, stop, finger and quality of each, and the "
        "first run that holds anything else (-1: none does).");
  m.def("match_explain", &explain, nb::arg("probe"), nb::arg("candidate"), nb::arg("model"),
        "Score, whether the second look was taken, pairs (probe, candidate, contribution, distance, "
        "angle, similarity), cosine, sine, dx, dy of the motion, the features, and the typical similarity.");
}

}  // namespace tenprint::match
