// Packed records, sound, changed and cut off, in buffers of exactly their size, at every
// instruction set and on several threads.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "cpu/cpu.h"
#include "match/many.h"

using namespace tenprint;
using namespace tenprint::match;

namespace {

using Record = std::vector<uint8_t>;

int below(std::mt19937& random, int limit) {
  return static_cast<int>(random() % static_cast<unsigned>(limit));
}

void finish(Record& record) {
  const uint32_t crc = crc32(record.data(), record.size());
  for (int k = 0; k < 4; ++k) record.push_back(static_cast<uint8_t>(crc >> (8 * k)));
}

Record random_record(std::mt19937& random, int count, int extent, int reason) {
  const auto low = [](int v) { return static_cast<uint8_t>(v); };
  const auto high = [](int v) { return static_cast<uint8_t>(v >> 8); };
  Record r = {'T', 'P', 'M', 1, low(extent), high(extent), low(extent), high(extent), 50, 3, 0,
              low(count), low(reason), high(reason)};
  for (int k = 0; k < count; ++k) {
    const int place = below(random, extent) | below(random, extent) << 12;
    r.insert(r.end(), {low(place), high(place), low(place >> 16)});
  }
  for (int k = 0; k < count; ++k) r.push_back(low(below(random, 256)));
  for (int k = 0; k < count; ++k) r.push_back(low(below(random, 101)));
  r.insert(r.end(), static_cast<std::size_t>((count + 7) / 8 + reason), 0);
  finish(r);
  return r;
}

void demand(bool kept, const char* what) {
  if (kept) return;
  std::printf("%s\n", what);
  std::exit(EXIT_FAILURE);
}

// Exactly as many bytes as are given, so that the sanitiser sees a read past the end.
Fault decode_copy(const Record& record, std::size_t size) {
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
  std::memcpy(copy.get(), record.data(), size);
  Minutia minutiae[kMaxMinutiae];
  int count;
  return decode(copy.get(), size, minutiae, count);
}

void damage(std::mt19937& random) {
  for (const int count : {0, 1, 8, 9, 90, 255}) {
    const Record sound = random_record(random, count, 400, count % 5);
    demand(decode_copy(sound, sound.size()) == Fault::none, "a sound record was refused");
    for (std::size_t size = 0; size < sound.size(); ++size)
      demand(decode_copy(sound, size) != Fault::none, "a record cut off was read");
    for (std::size_t at = 0; at < sound.size(); ++at) {
      Record changed = sound;
      changed[at] ^= static_cast<uint8_t>(1 + below(random, 255));
      demand(decode_copy(changed, changed.size()) != Fault::none, "a changed record was read");
      // With the checksum made right, the values must still be kept within bounds.
      changed.resize(changed.size() - 4);
      finish(changed);
      decode_copy(changed, changed.size());
    }
  }
}

Model some_model() {
  const Curve curve{{0, 1}, {0, 1}};
  Model model;
  model.first_score = model.second_score = curve;
  model.gate = -1e9;   // always a second look
  model.weights.fill(1.0);
  model.ceiling = 1e9;
  return model;
}

void many(std::mt19937& random) {
  std::vector<uint8_t> all;
  std::vector<int64_t> from, to;
  std::vector<int32_t> probe_of;
  for (int k = 0; k < 100; ++k) {
    const Record record = random_record(random, k % 7 == 0 ? 255 : below(random, 60), 300, 0);
    from.push_back(static_cast<int64_t>(all.size()));
    all.insert(all.end(), record.begin(), record.end());
    to.push_back(static_cast<int64_t>(all.size()));
    probe_of.push_back(below(random, 3));
  }
  const Bytes bytes{all.data(), all.size()};
  std::vector<Prepared> probes(3);
  std::vector<const Prepared*> named;
  for (Prepared& probe : probes) {
    std::vector<Minutia> minutiae;
    for (int k = 0; k < 50; ++k)
      minutiae.push_back({below(random, 300), below(random, 300), below(random, 256), 50});
    probe.assign(minutiae.data(), 50);
    named.push_back(&probe);
  }
  const Model model = some_model();
  const Errand errand{from.size(), from.data(), to.data(), probe_of.data()};
  std::vector<float> first(from.size()), other(from.size());
  demand(compare_packed(named, bytes, errand, model, 1, first.data()) == kNoRecord, "refused");
  for (int l = static_cast<int>(best_level()); l >= 0; --l) {
    set_level(static_cast<Level>(l));
    for (const int threads : {1, 2, 5}) {
      std::fill(other.begin(), other.end(), -1.0f);
      demand(compare_packed(named, bytes, errand, model, threads, other.data()) == kNoRecord, "refused");
      demand(first == other, "scores differ between levels or numbers of threads");
    }
  }
  Directory found;
  const int64_t whole = static_cast<int64_t>(all.size()), start = 0;
  demand(list_packed(bytes, &start, &whole, 1, found) == kNoRecord, "no directory");
  demand(found.from == from && found.to == to, "the directory is wrong");
  for (const int64_t outside : {whole + 1, int64_t{-1}}) {
    demand(list_packed(bytes, &start, &outside, 1, found) == 0, "read outside");
    to[40] = outside;
    demand(compare_packed(named, bytes, errand, model, 2, other.data()) == 40, "read outside");
  }
}

}  // namespace

int main() {
  const uint8_t digits[] = "123456789";
  demand(crc32(digits, 9) == 0xcbf43926u, "the checksum is not CRC-32");
  std::mt19937 random(1);
  damage(random);
  many(random);
  return EXIT_SUCCESS;
}
