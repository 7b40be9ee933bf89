// Who shares most with a query: worths added up over lists of people.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "names/lists.h"

namespace tenprint::names {

// One thing that is asked for: spans of keys that may be meant, and what each is worth. A person
// counts once, with the best of them.
struct Group {
  const Lists* lists;
  struct Choice {
    uint32_t low, high;
    float worth;
  };
  std::vector<Choice> choices;
};

struct Share {
  int32_t row;
  float worth;
};

// Sums over a segment's people, kept between searches; for one search at a time.
class Sums {
 public:
  // Of the living the `wanted` that share most by all groups, and the `named` that share most by
  // the first `names` groups; rising rows. Of equal worth the lesser row is first.
  std::vector<Share> best(std::vector<Group>& groups, std::size_t names,
                          std::span<const uint8_t> alive, std::size_t wanted, std::size_t named);

 private:
  struct Cell {
    float total = 0;
    uint32_t stamp = 0;
  };
  void add(Group& group, std::size_t people);
  std::vector<Share> most(std::span<const uint8_t> alive, std::size_t wanted) const;

  std::vector<Cell> cells_;
  std::vector<int32_t> touched_;
  uint32_t since_ = 0, stamp_ = 0;
};

}  // namespace tenprint::names
