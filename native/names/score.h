// The score of many people against one query, without reasons; the oracle is names/_quick.py.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "names/word.h"
#include "names/words.h"

namespace tenprint::names {

// Sexes are numbered as tenprint.model.Sex lists them.
constexpr uint8_t kUnknownSex = 3;

struct Asked {
  struct Name {
    std::vector<Word> words;
    std::vector<double> weights;
    double total = 0;
    bool plain = false;   // neither a name of particles alone nor one with a word twice
  };
  std::vector<Name> names;
  std::vector<uint32_t> dates;
  uint8_t sex = kUnknownSex;
};

// People as names/_segment.py packs them; the low 30 bits of a word are its number.
struct People {
  std::span<const uint32_t> name_starts, word_starts, words, date_starts, dates;
  std::span<const uint8_t> sexes;
};

Asked::Name asked_name(std::vector<Word> words);

// The score of a person of a row below the number of people, or a negative number where words
// run together or said twice have to be looked at the long way.
double score_person(const Asked& asked, const People& people, const Words& words, int32_t row,
                    bool identified);

}  // namespace tenprint::names
