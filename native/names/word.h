// Words as the kernels see them, and how alike two are. The oracle is names/_likeness.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tenprint::names {

enum Kind : uint8_t { kName, kParticle, kTitle, kInitial, kPatronymic };

// A view of a packed word: three lengths of 16 bits, then the key's length, the kind, whether the
// word is written without vowels, the number of its families of nicknames; then text, sound,
// bones and key in Latin-1, and the families in 16 bits each, all little-endian.
struct Word {
  std::string_view text, sound, bones, key, families;
  Kind kind = kName;
  bool bare = false;
};

// Throws std::invalid_argument where the bytes are not exactly one word.
Word read_word(std::string_view packed);

struct Likeness {
  double value;
  bool same;   // the very same text
};
Likeness word_likeness(const Word& a, const Word& b);

// What a word counts in a name.
double weight_of(Kind kind);

// One minus the edits of optimal string alignment, each a share of the longer word.
double spelling_likeness(std::string_view a, std::string_view b);

// Optimal string alignment and Jaro-Winkler, as one likeness of two spellings.
double letters_likeness(std::string_view a, std::string_view b);

}  // namespace tenprint::names
