// Names in buffers of exactly their size: words, dates, sums and scores.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "names/dates.h"
#include "names/rank.h"
#include "names/score.h"
#include "names/words.h"

using namespace tenprint::names;

namespace {

void demand(bool kept, const char* what) {
  if (kept) return;
  std::printf("%s\n", what);
  std::exit(EXIT_FAILURE);
}

std::string packed(const std::string& text, Kind kind = kName) {
  std::string out;
  for (int part = 0; part < 3; ++part) {
    out += static_cast<char>(text.size() & 255);
    out += static_cast<char>(text.size() >> 8);
  }
  const std::string key = text.substr(0, 8);
  out += static_cast<char>(key.size());
  out += static_cast<char>(kind);
  out += '\0';
  out += '\1';
  return out + text + text + text + key + std::string("\3\0", 2);
}

std::string any_word(std::mt19937& random, std::size_t most) {
  std::string text;
  const std::size_t size = 1 + random() % most;
  while (text.size() < size) text += static_cast<char>('a' + random() % 3);
  return text;
}

void check_words(std::mt19937& random) {
  for (int k = 0; k < 3000; ++k) {
    const std::string a = packed(any_word(random, k % 10 ? 9 : 150));
    const std::string b = packed(any_word(random, k % 7 ? 9 : 150));
    const std::unique_ptr<char[]> exact(new char[a.size()]);
    std::memcpy(exact.get(), a.data(), a.size());
    const Word one = read_word({exact.get(), a.size()});
    const double likeness = word_likeness(one, read_word(b)).value;
    demand(likeness >= 0 && likeness <= 1, "a likeness is out of range");
    demand(word_likeness(one, one).same, "a word is not itself");
    for (std::size_t size = 0; size < a.size(); size += 1 + size / 4) {
      try {
        read_word({a.data(), size});
      } catch (const std::invalid_argument&) {
        continue;
      }
      demand(false, "half a word was read");
    }
  }
}

void check_dates(std::mt19937& random) {
  for (int k = 0; k < 20000; ++k) {
    const uint32_t a = random() % 100000000, b = k % 2 ? a + random() % 200 : random() % 100000000;
    demand(date_likeness(a, b) == date_likeness(b, a), "dates are not symmetric");
    if (k % 50 == 0) near_dates(a);
  }
}

void check_people(std::mt19937& random) {
  Words words;
  for (int k = 0; k < 9000; ++k) words.add(packed(any_word(random, 7)));
  words.count(8999, 3);
  demand(words.frequency(8999) == 3 && words.size() == 9000, "words were counted wrongly");
  std::vector<uint32_t> names{0}, bounds{0}, spelt, days{0}, dates, keys, starts{0};
  std::vector<int32_t> rows;
  std::vector<uint8_t> sexes, alive;
  for (int person = 0; person < 500; ++person) {
    for (unsigned n = random() % 3; n; --n) {
      for (unsigned w = 1 + random() % 5; w; --w) spelt.push_back(random() % 9000);
      bounds.push_back(static_cast<uint32_t>(spelt.size()));
    }
    names.push_back(static_cast<uint32_t>(bounds.size() - 1));
    dates.push_back(19800101 + random() % 28);
    days.push_back(static_cast<uint32_t>(dates.size()));
    sexes.push_back(random() % 4);
    alive.push_back(random() % 5 != 0);
  }
  const People people{names, bounds, spelt, days, dates, sexes};
  Asked asked;
  const std::string first = packed("abca"), second = packed("bc");
  asked.names.push_back(asked_name({read_word(first), read_word(second)}));
  asked.dates = {19800102};
  for (int32_t row = 0; row < 500; ++row)
    demand(score_person(asked, people, words, row, row % 2) <= 1, "a score is out of range");
  for (uint32_t key = 0; key < 20; ++key) {
    keys.push_back(key * 3);
    for (int k = 0; k < 40; ++k) rows.push_back(static_cast<int32_t>(random() % 500));
    starts.push_back(static_cast<uint32_t>(rows.size()));
  }
  const Lists lists{keys, starts, rows};
  Sums sums;
  for (int k = 0; k < 200; ++k) {
    std::vector<Group> groups(3);
    for (Group& group : groups) {
      group.lists = &lists;
      for (unsigned c = random() % 9; c; --c)
        group.choices.push_back({static_cast<uint32_t>(random() % 70),
                                 static_cast<uint32_t>(random() % 70), random() % 9 / 7.0f});
    }
    const auto found = sums.best(groups, 2, alive, 20, 7);
    demand(found.size() <= 27, "too many were found");
    for (const Share& share : found) demand(alive[static_cast<std::size_t>(share.row)], "a dead one");
  }
  const auto near = alike(words, read_word(first), lists, keys, std::vector<uint32_t>{1, 2, 9999},
                          {{3, 0.9}, {123456, 0.9}}, 0.5, 100, 10);
  demand(!near.empty() && near.size() <= 10, "words alike are missing");
}

}  // namespace

int main() {
  std::mt19937 random(1);
  check_words(random);
  check_dates(random);
  check_people(random);
  return EXIT_SUCCESS;
}
