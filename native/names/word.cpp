#include "names/word.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace tenprint::names {
namespace {

constexpr std::size_t kHeader = 10;
constexpr double kNickname = 0.9, kInitialLikeness = 0.85, kJaro = 0.35;
constexpr double kSkeleton = 0.78, kBones = 0.87;

uint16_t two_bytes(const char* at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(at[0]) | static_cast<uint8_t>(at[1]) << 8);
}

// H. Hyyrö, A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances (2003):
// optimal string alignment with a column in the bits of one word; a is of 1 .. 64 letters.
std::size_t edits_in_bits(std::string_view a, std::string_view b) {
  uint64_t places[256] = {};
  for (std::size_t i = 0; i < a.size(); ++i) places[static_cast<uint8_t>(a[i])] |= 1ull << i;
  uint64_t rise = ~0ull, fall = 0, level = 0, before = 0;
  std::size_t edits = a.size();
  const std::size_t last = a.size() - 1;
  for (const char letter : b) {
    const uint64_t match = places[static_cast<uint8_t>(letter)];
    const uint64_t swapped = ((~level & match) << 1) & before;
    level = (((match & rise) + rise) ^ rise) | match | fall | swapped;
    uint64_t up = fall | ~(level | rise);
    uint64_t down = level & rise;
    edits += up >> last & 1;
    edits -= down >> last & 1;
    up = up << 1 | 1;
    down <<= 1;
    rise = down | ~(level | up);
    fall = up & level;
    before = match;
  }
  return edits;
}

std::size_t edits_in_rows(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> two(width), one(width), row(width);
  for (std::size_t j = 0; j < width; ++j) one[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      row[j] = std::min({one[j] + 1, row[j - 1] + 1, one[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two[j - 2] + 1);
    }
    two.swap(one);
    one.swap(row);
  }
  return one[b.size()];
}

// W. Winkler, String Comparator Metrics and Enhanced Decision Rules (1990).
double jaro_winkler(std::string_view a, std::string_view b) {
  if (a.size() == 1 && b.size() == 1) return a == b ? 1.0 : 0.0;
  const std::size_t half = std::max(a.size(), b.size()) / 2;
  const std::size_t reach = half ? half - 1 : 0;
  constexpr std::size_t kSmall = 64;
  bool small_a[kSmall] = {}, small_b[kSmall] = {};
  std::unique_ptr<bool[]> large;
  bool* used_a = small_a;
  bool* used_b = small_b;
  if (a.size() > kSmall || b.size() > kSmall) {
    large = std::make_unique<bool[]>(a.size() + b.size());
    used_a = large.get();
    used_b = used_a + a.size();
  }
  std::size_t common = 0;
  for (std::size_t j = 0; j < b.size(); ++j) {
    const std::size_t first = j > reach ? j - reach : 0;
    const std::size_t end = std::min(a.size(), j + reach + 1);
    for (std::size_t i = first; i < end; ++i)
      if (!used_a[i] && a[i] == b[j]) {
        used_a[i] = used_b[j] = true;
        ++common;
        break;
      }
  }
  if (!common) return 0.0;
  std::size_t turned = 0, at = 0;
  for (std::size_t j = 0; j < b.size(); ++j) {
    if (!used_b[j]) continue;
    while (!used_a[at]) ++at;
    turned += a[at++] != b[j];
  }
  const double found = static_cast<double>(common);
  double likeness = 0.0;
  likeness += found / static_cast<double>(a.size());
  likeness += found / static_cast<double>(b.size());
  likeness += (found - static_cast<double>(turned / 2)) / found;
  likeness /= 3.0;
  if (likeness > 0.7) {
    std::size_t prefix = 0;
    const std::size_t most = std::min({a.size(), b.size(), std::size_t{4}});
    while (prefix < most && a[prefix] == b[prefix]) ++prefix;
    likeness += static_cast<double>(prefix) * 0.1 * (1.0 - likeness);
    likeness = std::min(likeness, 1.0);
  }
  return likeness;
}

bool familiar(const Word& a, const Word& b) {
  for (std::size_t i = 0; i < a.families.size(); i += 2)
    for (std::size_t j = 0; j < b.families.size(); j += 2)
      if (two_bytes(a.families.data() + i) == two_bytes(b.families.data() + j)) return true;
  return false;
}

}  // namespace

Word read_word(std::string_view packed) {
  if (packed.size() < kHeader) throw std::invalid_argument("a packed word is too short");
  const char* at = packed.data();
  const std::size_t text = two_bytes(at), sound = two_bytes(at + 2), bones = two_bytes(at + 4);
  const std::size_t key = static_cast<uint8_t>(at[6]);
  const std::size_t families = static_cast<std::size_t>(static_cast<uint8_t>(at[9])) * 2;
  if (packed.size() != kHeader + text + sound + bones + key + families || !text ||
      static_cast<uint8_t>(at[7]) > kPatronymic)
    throw std::invalid_argument("not a packed word");
  Word word;
  word.kind = static_cast<Kind>(at[7]);
  word.bare = at[8] != 0;
  at += kHeader;
  word.text = {at, text};
  word.sound = {at += text, sound};
  word.bones = {at += sound, bones};
  word.key = {at += bones, key};
  word.families = {at += key, families};
  return word;
}

double weight_of(Kind kind) {
  switch (kind) {
    case kName: return 1.0;
    case kParticle: return 0.15;
    case kTitle: return 0.08;
    case kInitial: return 0.5;
    default: return 0.7;
  }
}

double spelling_likeness(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return 0.0;
  const std::size_t edits = a.size() <= 64 ? edits_in_bits(a, b) : edits_in_rows(a, b);
  return 1.0 - static_cast<double>(edits) / static_cast<double>(std::max(a.size(), b.size()));
}

double letters_likeness(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return 0.0;
  return (1.0 - kJaro) * spelling_likeness(a, b) + kJaro * jaro_winkler(a, b);
}

Likeness word_likeness(const Word& a, const Word& b) {
  if (a.text == b.text) return {1.0, true};
  if (a.kind == kParticle || b.kind == kParticle) {
    if (a.kind == b.kind && a.sound == b.sound) return {0.97, false};
    return {familiar(a, b) ? kNickname : 0.0, false};
  }
  if (a.kind == kInitial || b.kind == kInitial) {
    const bool begins = a.text.size() != b.text.size() && a.text[0] == b.text[0];
    return {begins ? kInitialLikeness : 0.0, false};
  }
  if (a.sound == b.sound) return {0.96, false};
  double best = std::max(letters_likeness(a.text, b.text), 0.98 * letters_likeness(a.sound, b.sound));
  if (a.key.size() > 2 && a.key == b.key)
    best = std::max(best, kSkeleton + (1.0 - kSkeleton) * best * 0.6);
  if (best < kBones && (a.bare || b.bare) && a.bones == b.bones) best = kBones;
  if (best < kNickname && familiar(a, b)) best = kNickname;
  return {best, false};
}

}  // namespace tenprint::names
