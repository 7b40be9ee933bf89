#include "scan/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "scan/scan.h"

namespace nb = nanobind;

namespace tenprint::scan {
namespace {

using Codes = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Tables = nb::ndarray<const uint8_t, nb::shape<-1, 48, 16>, nb::c_contig, nb::device::cpu>;
using Members = nb::ndarray<const uint32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<nb::numpy, int64_t, nb::ndim<1>>;
using Scores = nb::ndarray<nb::numpy, uint16_t, nb::ndim<1>>;

template <typename T>
auto owned(std::vector<T>&& values) {
  auto* kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::ndarray<nb::numpy, T, nb::ndim<1>>(kept->data(), {kept->size()}, owner);
}

// What the largest values of a group, and of a query's tables together, add up to.
void check_sums(const std::vector<const uint8_t*>& tables) {
  int sum = 0;
  for (const uint8_t* table : tables) {
    int groups[kGroups] = {};
    for (int part = 0; part < 2 * kBytes; ++part)
      groups[part / 2 % kGroups] += *std::max_element(table + part * 16, table + part * 16 + 16);
    for (const int group : groups) {
      if (group > kMostGroup)
        throw std::invalid_argument("the values of a group of parts can add up to more than 255");
      sum += group;
    }
  }
  if (sum > kMostSum) throw std::invalid_argument("a query's tables can add up to more than 65535");
}

std::vector<std::pair<Rows, Scores>> bound_scan(
    const std::vector<Codes>& planes, const std::vector<std::pair<std::vector<int>, Tables>>& queries,
    std::size_t rows, const std::vector<std::size_t>& k, const std::optional<Members>& membership,
    const std::optional<Codes>& status, uint32_t galleries, uint32_t statuses, int threads,
    const std::vector<std::pair<std::size_t, std::size_t>>& early) {
  const std::size_t blocks = rows / kLanes + (rows % kLanes != 0);   // cannot overflow
  for (const Codes& plane : planes)
    if (plane.shape(0) / kBlockBytes < blocks) throw std::invalid_argument("a plane is shorter than its rows");
  if ((membership && membership->shape(0) < rows) || (status && status->shape(0) < rows))
    throw std::invalid_argument("membership or status is shorter than the rows");
  if (k.size() != queries.size()) throw std::invalid_argument("a query has one k");
  if (threads < 1 || std::find(k.begin(), k.end(), std::size_t{0}) != k.end())
    throw std::invalid_argument("k and threads are at least 1");
  if (!early.empty() && early.size() != queries.size())
    throw std::invalid_argument("early is for every query, or for none");
  std::vector<Query> asked;
  for (const auto& [numbers, tables] : queries) {
    if (numbers.size() != tables.shape(0) || numbers.empty())
      throw std::invalid_argument("a query has as many tables as planes, and at least one");
    Query query{};
    std::vector<const uint8_t*> own;
    for (std::size_t p = 0; p < numbers.size(); ++p) {
      const std::size_t plane = static_cast<std::size_t>(numbers[p]);
      if (numbers[p] < 0 || plane >= planes.size()) throw std::invalid_argument("no such plane");
      own.push_back(tables.data() + p * kTableBytes);
      query.parts.push_back({planes[plane].data(), own.back()});
    }
    check_sums(own);
    query.k = k[asked.size()];
    query.first = query.parts.size();
    if (!early.empty()) {
      std::tie(query.first, query.keep) = early[asked.size()];
      if (query.first < 1 || query.first > query.parts.size() || query.keep < query.k)
        throw std::invalid_argument("early asks for one plane or more, and keeps at least k");
    }
    asked.push_back(std::move(query));
  }
  const Filter filter{membership ? membership->data() : nullptr, status ? status->data() : nullptr,
                      galleries, statuses};
  std::vector<std::vector<Hit>> found;
  {
    nb::gil_scoped_release release;
    found = scan(asked, rows, filter, threads);
  }
  std::vector<std::pair<Rows, Scores>> out;
  for (const auto& hits : found) {
    std::vector<int64_t> row;
    std::vector<uint16_t> score;
    for (const Hit& hit : hits) row.push_back(hit.row), score.push_back(hit.score);
    out.emplace_back(owned(std::move(row)), owned(std::move(score)));
  }
  return out;
}

}  // namespace

void bind(nb::module_& m) {
  m.def("scan_codes", &bound_scan, nb::arg("planes"), nb::arg("queries"), nb::arg("rows"),
        nb::arg("k"), nb::arg("membership").none() = nb::none(),
        nb::arg("status").none() = nb::none(), nb::arg("galleries") = 0xFFFFFFFFu,
        nb::arg("statuses") = 0xFFFFFFFFu, nb::arg("threads") = 1,
        nb::arg("early") = std::vector<std::pair<std::size_t, std::size_t>>(),
        "All queries against all codes in one pass. A query is its plane numbers and a table of "
        "48 x 16 values for each, the largest of the parts of every fourth byte together at most "
        "255. Of query q the best k[q] rows with their scores. With early, a pair a query: "
        "everybody is scored by the query's first planes, as many as the first number says, and "
        "only the best of them, as many as the second, by the others too.");
  m.def("read_memory", [](const Codes& data, int threads) {
    nb::gil_scoped_release release;
    return read_memory(data.data(), data.shape(0), threads);
  }, nb::arg("data"), nb::arg("threads") = 1, "Reads an array once; for measuring memory.");
}

}  // namespace tenprint::scan
