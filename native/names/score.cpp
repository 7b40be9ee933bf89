#include "names/score.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <tuple>

#include "names/dates.h"

namespace tenprint::names {
namespace {

constexpr uint32_t kNumber = (1u << 30) - 1;
constexpr std::size_t kMostWords = 16;
constexpr double kFloor = 0.66, kPower = 1.3, kMissing = 0.2, kDifferent = 1.15;
constexpr double kOrder = 0.96, kLone = 0.8;
constexpr double kNameShare = 0.65, kDateShare = 0.35, kUnstated = 0.75;
constexpr double kOtherSex = 0.93, kIdentified = 0.9;
constexpr double kLongWay = -1.0;
// Letters of words run together and of the word they may be are at least so much alike.
constexpr double kJoined = 0.8;

// Rounded to single precision: the last bit of a power is the library's.
double worth_of(double likeness) {
  return static_cast<float>(std::pow((likeness - kFloor) / (1.0 - kFloor), 1.0 / kPower));
}

bool differ(const std::vector<Word>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (words[i].text == words[j].text) return false;
  return true;
}

// Whether the first letters of some words in a row are the target: "JC" for "Jean Claude".
bool initials(const std::vector<Word>& many, std::string_view target) {
  if (target.find_first_of("aeiouy") != std::string_view::npos) return false;
  for (std::size_t start = 0; start + target.size() <= many.size(); ++start) {
    std::size_t at = 0;
    while (at < target.size() && many[start + at].text.front() == target[at]) ++at;
    if (at == target.size()) return true;
  }
  return false;
}

// Whether words of one name run together may be a word of the other: by length, ends and letters.
bool joinable(const std::vector<Word>& many, const std::vector<Word>& single) {
  thread_local std::string text;
  for (const Word& target : single) {
    const std::size_t size = target.text.size();
    if (size < 2) continue;
    if (size < 4 && initials(many, target.text)) return true;
    for (std::size_t start = 0; start + 1 < many.size(); ++start) {
      text = many[start].text;
      for (std::size_t end = start + 1; end < std::min(start + 4, many.size()); ++end) {
        text += many[end].text;
        if (text.size() > size + 2) break;
        if (text.size() + 2 >= size &&
            (text.front() == target.text.front() || text.back() == target.text.back()) &&
            spelling_likeness(text, target.text) >= kJoined)
          return true;
      }
    }
  }
  return false;
}

struct Link {
  double likeness, both;   // negated, so that the best sorts first
  int apart, at, other;
  double adds;
  auto order() const { return std::tie(likeness, both, apart, at, other, adds); }
};

double score_name(const Asked::Name& name, const std::vector<Word>& other) {
  if (!name.plain || !differ(other)) return kLongWay;
  thread_local std::vector<Link> links;
  links.clear();
  double left_a = name.total, left_b = 0;
  double weights[kMostWords];
  for (std::size_t j = 0; j < other.size(); ++j) {
    const double weight = weight_of(other[j].kind);
    left_b += weight;
    weights[j] = weight;
    for (std::size_t i = 0; i < name.words.size(); ++i) {
      const Likeness alike = word_likeness(name.words[i], other[j]);
      if (!(alike.value > kFloor)) continue;
      const double both = alike.same ? (weight + name.weights[i]) / 2
                                     : std::min(weight, name.weights[i]);
      const int at = static_cast<int>(i), to = static_cast<int>(j);
      links.push_back({-alike.value, -both, std::abs(at - to), at, to, both * worth_of(alike.value)});
    }
  }
  std::sort(links.begin(), links.end(),
            [](const Link& x, const Link& y) { return x.order() < y.order(); });
  uint32_t used_a = 0, used_b = 0;
  double matched = 0, good = 0;
  std::size_t count = 0, solid = 0;
  bool weak = false;
  int place[kMostWords];
  std::fill(place, place + kMostWords, -1);
  for (const Link& link : links) {
    if (used_a >> link.at & 1 || used_b >> link.other & 1) continue;
    used_a |= 1u << link.at;
    used_b |= 1u << link.other;
    matched -= link.both;
    good += link.adds;
    left_a -= name.weights[static_cast<std::size_t>(link.at)];
    left_b -= weights[link.other];
    ++count;
    weak |= link.likeness > -0.8;
    solid += link.both <= -0.75;
    if (link.both <= -0.5) place[link.at] = link.other;
  }
  const bool over = count < name.words.size() && count < other.size();
  if ((weak || over) && (joinable(name.words, other) || joinable(other, name.words)))
    return kLongWay;
  if (matched == 0) return 0;
  left_a = std::max(0.0, left_a);
  left_b = std::max(0.0, left_b);
  const double both_left = std::min(left_a, left_b);
  const double one_left = std::max(left_a, left_b) - both_left;
  double score = good / (matched + kDifferent * 2 * both_left + kMissing * one_left);
  if (solid < 2 && one_left + both_left > 0.75) score *= kLone;
  int last = -1;
  for (const int to : place) {
    if (to < 0) continue;
    if (to < last) return score * kOrder;
    last = to;
  }
  return std::min(1.0, score);
}

double combine(const double* name, const double* date, bool dated, uint8_t sex, uint8_t other,
               bool identified) {
  double total = 0, weight = 0;
  if (name) total = kNameShare * *name, weight = kNameShare;
  if (date) {
    total += kDateShare * *date;
    weight += kDateShare;
  } else if (dated && weight != 0) {
    total += kDateShare / 2 * kUnstated;
    weight += kDateShare / 2;
  }
  double score = weight != 0 ? total / weight : 0.0;
  if (sex != other && sex != kUnknownSex && other != kUnknownSex) score *= kOtherSex;
  if (identified) score = 1 - (1 - score) * (1 - kIdentified);
  return std::min(1.0, score);
}

// Entries of one place of an array of starts.
std::pair<std::size_t, std::size_t> bounds(std::span<const uint32_t> starts, std::size_t at,
                                           std::size_t size) {
  const std::size_t first = starts[at], end = starts[at + 1];
  if (first > end || end > size) throw std::invalid_argument("a start is out of range");
  return {first, end};
}

}  // namespace

Asked::Name asked_name(std::vector<Word> words) {
  if (words.empty() || words.size() > kMostWords) throw std::invalid_argument("a name has 1 .. 16 words");
  Asked::Name name;
  name.words = std::move(words);
  double most = 0;
  for (const Word& word : name.words) {
    name.weights.push_back(weight_of(word.kind));
    name.total += name.weights.back();
    most = std::max(most, name.weights.back());
  }
  name.plain = most >= 0.5 && differ(name.words);
  return name;
}

double score_person(const Asked& asked, const People& people, const Words& words, int32_t row,
                    bool identified) {
  const std::size_t at = static_cast<std::size_t>(row);
  const auto [first, end] = bounds(people.name_starts, at, people.word_starts.size() - 1);
  double name = -1;
  thread_local std::vector<Word> other;
  for (std::size_t n = first; n < end; ++n) {
    const auto [from, to] = bounds(people.word_starts, n, people.words.size());
    if (to - from > kMostWords) return kLongWay;
    other.clear();
    for (std::size_t w = from; w < to; ++w) {
      const uint32_t number = people.words[w] & kNumber;
      if (number >= words.size()) throw std::invalid_argument("no such word");
      other.push_back(words.word(number));
    }
    for (const Asked::Name& own : asked.names) {
      const double score = score_name(own, other);
      if (score < 0) return kLongWay;
      name = std::max(name, score);
    }
  }
  const auto [day, days_end] = bounds(people.date_starts, at, people.dates.size());
  double date = -1;
  for (std::size_t d = day; d < days_end; ++d)
    for (const uint32_t own : asked.dates) date = std::max(date, date_likeness(own, people.dates[d]));
  return combine(name < 0 ? nullptr : &name, date < 0 ? nullptr : &date,
                 !asked.dates.empty() || day < days_end, asked.sex, people.sexes[at], identified);
}

}  // namespace tenprint::names
