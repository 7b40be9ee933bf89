#include "names/rank.h"

#include <algorithm>

namespace tenprint::names {
namespace {

bool better(const Share& a, const Share& b) {
  return a.worth != b.worth ? a.worth > b.worth : a.row < b.row;
}

}  // namespace

void Sums::add(Group& group, std::size_t people) {
  std::stable_sort(group.choices.begin(), group.choices.end(),
                   [](const auto& a, const auto& b) { return a.worth > b.worth; });
  ++stamp_;
  for (const auto& choice : group.choices)
    for (const int32_t row : group.lists->between(choice.low, choice.high)) {
      if (static_cast<std::size_t>(row) >= people) continue;
      Cell& cell = cells_[static_cast<std::size_t>(row)];
      if (cell.stamp == stamp_) continue;   // a better choice has counted
      if (cell.stamp <= since_) {
        cell.total = 0;
        touched_.push_back(row);
      }
      cell.stamp = stamp_;
      cell.total += choice.worth;
    }
}

// Nearly all fail the comparison with the worst of those kept: a heap, not a sort.
std::vector<Share> Sums::most(std::span<const uint8_t> alive, std::size_t wanted) const {
  std::vector<Share> heap;
  if (!wanted) return heap;
  for (const int32_t row : touched_) {
    const Share share{row, cells_[static_cast<std::size_t>(row)].total};
    if (heap.size() == wanted && !better(share, heap.front())) continue;
    if (!alive[static_cast<std::size_t>(row)]) continue;
    if (heap.size() == wanted) {
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.pop_back();
    }
    heap.push_back(share);
    std::push_heap(heap.begin(), heap.end(), better);
  }
  return heap;
}

std::vector<Share> Sums::best(std::vector<Group>& groups, std::size_t names,
                              std::span<const uint8_t> alive, std::size_t wanted,
                              std::size_t named) {
  // The stamps never wrap within a search: then all cells are made new.
  if (cells_.size() < alive.size() || stamp_ > 0xFFFFFFFFu - groups.size() - 1) {
    cells_.assign(std::max(cells_.size(), alive.size()), Cell{});
    stamp_ = 0;
  }
  since_ = stamp_;
  touched_.clear();
  std::vector<Share> found;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g == names) found = most(alive, named);
    add(groups[g], alive.size());
  }
  for (const Share& share : most(alive, wanted)) found.push_back(share);
  std::sort(found.begin(), found.end(), [](const Share& a, const Share& b) { return a.row < b.row; });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const Share& a, const Share& b) { return a.row == b.row; }),
              found.end());
  for (Share& share : found) share.worth = cells_[static_cast<std::size_t>(share.row)].total;
  return found;
}

}  // namespace tenprint::names
