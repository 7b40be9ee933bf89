// All known words, numbered; only grows.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "names/lists.h"
#include "names/word.h"

namespace tenprint::names {

// One writer at a time; readers need no lock: what has a number stays where it is.
class Words {
 public:
  // Throws std::length_error after 2^26 words.
  uint32_t add(std::string_view packed);
  void count(uint32_t number, int64_t by);
  uint32_t frequency(uint32_t number) const { return entry(number).people.load(std::memory_order_relaxed); }
  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  // The word of a number below size().
  Word word(uint32_t number) const { return read_word(entry(number).packed); }

 private:
  static constexpr std::size_t kChunk = 4096, kChunks = 16384;
  struct Entry {
    std::string_view packed;
    std::atomic<uint32_t> people{0};
  };
  struct Chunk {
    std::array<Entry, kChunk> entries;
  };
  Entry& entry(uint32_t number) const { return chunks_[number / kChunk]->entries[number % kChunk]; }

  std::unique_ptr<std::unique_ptr<Chunk>[]> chunks_ =
      std::make_unique<std::unique_ptr<Chunk>[]>(kChunks);
  std::vector<std::unique_ptr<char[]>> text_;
  std::size_t room_ = 0;
  char* next_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

struct Alike {
  uint32_t number;
  double likeness;
};

// The words most like one: those of `near` under `keys` and the waiting ones, at most `compared`
// of them, least alike or more; those of `certain` with the likeness given; at most `most`.
std::vector<Alike> alike(const Words& words, const Word& word, const Lists& near,
                         std::span<const uint32_t> keys, std::span<const uint32_t> waiting,
                         const std::vector<std::pair<uint32_t, double>>& certain, double least,
                         std::size_t compared, std::size_t most);

}  // namespace tenprint::names
