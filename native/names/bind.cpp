#include "names/bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include "names/dates.h"
#include "names/rank.h"
#include "names/score.h"
#include "names/word.h"
#include "names/words.h"

namespace nb = nanobind;

namespace tenprint::names {
namespace {

template <typename T>
using Array = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Out = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
using Postings = std::tuple<Array<uint32_t>, std::optional<Array<uint32_t>>, Array<int32_t>>;

template <typename T>
Out<T> owned(std::vector<T>&& values) {
  auto* kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return Out<T>(kept->data(), {kept->size()}, owner);
}

template <typename T>
std::span<const T> view(const Array<T>& array) {
  return {array.data(), array.shape(0)};
}

std::string_view view(const nb::bytes& packed) {
  return {static_cast<const char*>(packed.data()), packed.size()};
}

Lists lists_of(const Postings& postings) {
  const auto& [keys, starts, rows] = postings;
  if (starts ? starts->shape(0) != keys.shape(0) + 1 : rows.shape(0) != keys.shape(0))
    throw std::invalid_argument("keys, starts and rows do not fit");
  return {view(keys), starts ? view(*starts) : std::span<const uint32_t>{}, view(rows)};
}

std::pair<Out<uint32_t>, Out<double>> bound_alike(
    const Words& words, const nb::bytes& packed, const Postings& near, const Array<uint32_t>& keys,
    const Array<uint32_t>& waiting, const std::vector<std::pair<uint32_t, double>>& certain,
    double least, std::size_t compared, std::size_t most) {
  const Word word = read_word(view(packed));
  const Lists lists = lists_of(near);
  std::vector<Alike> found;
  {
    nb::gil_scoped_release release;
    found = alike(words, word, lists, view(keys), view(waiting), certain, least, compared, most);
  }
  std::vector<uint32_t> numbers;
  std::vector<double> likeness;
  for (const Alike& each : found) numbers.push_back(each.number), likeness.push_back(each.likeness);
  return {owned(std::move(numbers)), owned(std::move(likeness))};
}

using Choices = std::tuple<std::size_t, Array<uint32_t>, std::optional<Array<uint32_t>>, Array<float>>;

std::pair<Out<int32_t>, Out<float>> bound_best(
    Sums& sums, const std::vector<Postings>& postings, const std::vector<Choices>& asked,
    std::size_t names, const Array<uint8_t>& alive, std::size_t wanted, std::size_t named) {
  std::vector<Lists> lists;
  for (const Postings& each : postings) lists.push_back(lists_of(each));
  std::vector<Group> groups;
  for (const auto& [which, low, high, worth] : asked) {
    if (which >= lists.size()) throw std::invalid_argument("no such lists");
    const std::size_t size = low.shape(0);
    if (worth.shape(0) != size || (high && high->shape(0) != size))
      throw std::invalid_argument("keys and worths do not fit");
    Group group{&lists[which], {}};
    for (std::size_t k = 0; k < size; ++k)
      group.choices.push_back({low.data()[k], high ? high->data()[k] : low.data()[k], worth.data()[k]});
    groups.push_back(std::move(group));
  }
  std::vector<Share> found;
  {
    nb::gil_scoped_release release;
    found = sums.best(groups, names, view(alive), wanted, named);
  }
  std::vector<int32_t> rows;
  std::vector<float> worth;
  for (const Share& share : found) rows.push_back(share.row), worth.push_back(share.worth);
  return {owned(std::move(rows)), owned(std::move(worth))};
}

using Starts = std::tuple<Array<uint32_t>, Array<uint32_t>, Array<uint32_t>, Array<uint32_t>,
                          Array<uint32_t>, Array<uint8_t>>;

Out<double> bound_score(const Words& words, const std::vector<std::vector<nb::bytes>>& names,
                        const std::vector<uint32_t>& dates, uint8_t sex, const Starts& arrays,
                        const Array<int32_t>& rows, const Array<uint8_t>& identified) {
  Asked asked;
  asked.dates = dates;
  asked.sex = sex;
  for (const auto& name : names) {
    std::vector<Word> spelt;
    for (const nb::bytes& packed : name) spelt.push_back(read_word(view(packed)));
    asked.names.push_back(asked_name(std::move(spelt)));
  }
  const auto& [name_starts, word_starts, numbers, date_starts, days, sexes] = arrays;
  const People people{view(name_starts), view(word_starts), view(numbers),
                      view(date_starts), view(days),        view(sexes)};
  const std::size_t size = people.sexes.size();
  if (people.name_starts.size() != size + 1 || people.date_starts.size() != size + 1 ||
      people.word_starts.empty() || identified.shape(0) != rows.shape(0))
    throw std::invalid_argument("the arrays of people do not fit");
  std::vector<double> scores;
  {
    nb::gil_scoped_release release;
    for (std::size_t k = 0; k < rows.shape(0); ++k) {
      const int32_t row = rows.data()[k];
      if (row < 0 || static_cast<std::size_t>(row) >= size)
        throw std::invalid_argument("no such row");
      scores.push_back(score_person(asked, people, words, row, identified.data()[k] != 0));
    }
  }
  return owned(std::move(scores));
}

}  // namespace

void bind(nb::module_& m) {
  nb::class_<Words>(m, "NameWords", "Numbered words; one writer at a time, many readers.")
      .def(nb::init<>())
      .def("add", [](Words& words, const nb::bytes& packed) { return words.add(view(packed)); },
           nb::arg("packed"), "The number of a new word.")
      .def("count", &Words::count, nb::arg("number"), nb::arg("by"),
           "So many more people have this word.")
      .def("frequencies",
           [](const Words& words, const Array<uint32_t>& numbers) {
             std::vector<uint32_t> found;
             for (const uint32_t number : view(numbers)) {
               if (number >= words.size()) throw std::out_of_range("no such word");
               found.push_back(words.frequency(number));
             }
             return owned(std::move(found));
           },
           nb::arg("numbers"), "How many people have each of these words.")
      .def("__len__", &Words::size)
      .def("alike", &bound_alike, nb::arg("word"), nb::arg("near"), nb::arg("keys"),
           nb::arg("waiting"), nb::arg("certain"), nb::arg("least"), nb::arg("compared"),
           nb::arg("most"),
           "Numbers of the words most like a packed word, and their likeness, best first.")
      .def("score", &bound_score, nb::arg("names"), nb::arg("dates"), nb::arg("sex"),
           nb::arg("people"), nb::arg("rows"), nb::arg("identified"),
           "Scores of people against a query; negative where the long way is needed.");
  nb::class_<Sums>(m, "NameSums", "Sums over people; one search at a time.")
      .def(nb::init<>())
      .def("best", &bound_best, nb::arg("lists"), nb::arg("groups"), nb::arg("names"),
           nb::arg("alive"), nb::arg("wanted"), nb::arg("named"),
           "Rows of the people that share most, and what that is worth. A group is the number of "
           "its lists, keys (or spans of keys) and worths; the first `names` groups are names.");
  m.def("name_likeness", [](const nb::bytes& a, const nb::bytes& b) {
    const Likeness found = word_likeness(read_word(view(a)), read_word(view(b)));
    return std::make_pair(found.value, found.same);
  }, nb::arg("a"), nb::arg("b"), "Likeness of two packed words, and whether they are one text.");
  m.def("date_likeness", &date_likeness, nb::arg("a"), nb::arg("b"), "Likeness of packed dates.");
  m.def("near_dates", [](uint32_t packed) {
    std::vector<uint32_t> dates;
    std::vector<double> likeness;
    for (const auto& [day, alike] : near_dates(packed)) dates.push_back(day), likeness.push_back(alike);
    return std::make_pair(owned(std::move(dates)), owned(std::move(likeness)));
  }, nb::arg("packed"), "Dates that may be meant by a packed date, and their likeness.");
}

}  // namespace tenprint::names
