#include "wsq/huffman.h"

#include <algorithm>
#include <cstddef>

namespace tenprint::wsq {
namespace {

constexpr int kLongestCode = 16;
constexpr int kNobody = 256;   // takes the code of all ones, which is not to be used

struct Package {
  std::uint64_t weight;
  std::vector<int> symbols;
};

// The cheaper half of merging: neighbours of a sorted list, two by two.
std::vector<Package> pairs(const std::vector<Package>& list) {
  std::vector<Package> out;
  for (std::size_t k = 0; k + 1 < list.size(); k += 2) {
    Package both = list[k];
    both.weight += list[k + 1].weight;
    both.symbols.insert(both.symbols.end(), list[k + 1].symbols.begin(), list[k + 1].symbols.end());
    out.push_back(std::move(both));
  }
  return out;
}

bool lighter(const Package& a, const Package& b) { return a.weight < b.weight; }

// Code lengths by the package-merge method (Larmore and Hirschberg 1990).
std::array<int, kNobody + 1> code_lengths(const std::vector<Package>& leaves) {
  std::array<int, kNobody + 1> length{};
  std::vector<Package> list = leaves;
  for (int level = 1; level < kLongestCode; ++level) {
    std::vector<Package> next, made = pairs(list);
    std::merge(leaves.begin(), leaves.end(), made.begin(), made.end(), std::back_inserter(next),
               lighter);
    list = std::move(next);
  }
  const std::size_t taken = 2 * (leaves.size() - 1);
  for (std::size_t k = 0; k < taken; ++k)
    for (const int symbol : list[k].symbols) ++length[static_cast<std::size_t>(symbol)];
  return length;
}

}  // namespace

Code make_code(const std::array<std::uint64_t, 256>& frequency) {
  std::vector<Package> leaves{{0, {kNobody}}};
  for (int s = 0; s < 256; ++s)
    if (frequency[s] > 0) leaves.push_back({frequency[s], {s}});
  Code code;
  if (leaves.size() == 1) return code;
  std::stable_sort(leaves.begin(), leaves.end(), lighter);
  // The weightless leaf has a longest code, and as the last of that length it gets all ones.
  const auto length = code_lengths(leaves);
  unsigned next = 0;
  for (int bits = 1; bits <= kLongestCode; ++bits, next <<= 1)
    for (int s = 0; s < 256; ++s)
      if (length[s] == bits) {
        code.symbols.push_back(static_cast<uint8_t>(s));
        ++code.count[bits];
        code.bits[s] = static_cast<uint16_t>(next++);
        code.length[s] = static_cast<uint8_t>(bits);
      }
  return code;
}

}  // namespace tenprint::wsq
