#include "names/words.h"

#include <cstring>
#include <stdexcept>
#include <unordered_map>

namespace tenprint::names {

uint32_t Words::add(std::string_view packed) {
  read_word(packed);
  const std::size_t number = size_.load(std::memory_order_relaxed);
  if (number >= kChunk * kChunks) throw std::length_error("too many words");
  if (room_ < packed.size()) {
    room_ = std::max<std::size_t>(packed.size(), 1 << 14);
    text_.push_back(std::make_unique<char[]>(room_));
    next_ = text_.back().get();
  }
  if (!chunks_[number / kChunk]) chunks_[number / kChunk] = std::make_unique<Chunk>();
  std::memcpy(next_, packed.data(), packed.size());
  entry(static_cast<uint32_t>(number)).packed = {next_, packed.size()};
  next_ += packed.size();
  room_ -= packed.size();
  size_.store(number + 1, std::memory_order_release);
  return static_cast<uint32_t>(number);
}

void Words::count(uint32_t number, int64_t by) {
  if (number >= size()) throw std::out_of_range("no such word");
  entry(number).people.fetch_add(static_cast<uint32_t>(by), std::memory_order_relaxed);
}

std::vector<Alike> alike(const Words& words, const Word& word, const Lists& near,
                         std::span<const uint32_t> keys, std::span<const uint32_t> waiting,
                         const std::vector<std::pair<uint32_t, double>>& certain, double least,
                         std::size_t compared, std::size_t most) {
  const std::size_t known = words.size();
  std::unordered_map<uint32_t, double> found;
  found.reserve(compared + certain.size());
  std::size_t seen = 0;
  const auto look = [&](uint32_t number) {
    if (seen >= compared || number >= known || !found.try_emplace(number, 0.0).second) return;
    ++seen;
    const double likeness = word_likeness(word, words.word(number)).value;
    if (likeness >= least) found[number] = likeness;
  };
  for (const uint32_t number : waiting) look(number);
  for (const uint32_t key : keys)
    for (const int32_t number : near.between(key, key)) {
      if (seen >= compared) break;
      look(static_cast<uint32_t>(number));
    }
  for (const auto& [number, likeness] : certain)
    if (number < known) found[number] = std::max(found[number], likeness);
  std::vector<Alike> out;
  for (const auto& [number, likeness] : found)
    if (likeness > 0) out.push_back({number, likeness});
  const auto better = [](const Alike& a, const Alike& b) {
    return a.likeness != b.likeness ? a.likeness > b.likeness : a.number < b.number;
  };
  const std::size_t kept = std::min(most, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kept), out.end(), better);
  out.resize(kept);
  return out;
}

}  // namespace tenprint::names
