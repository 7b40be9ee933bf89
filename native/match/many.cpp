#include "match/many.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace tenprint::match {
namespace {

constexpr std::size_t kChunk = 32;   // records a thread takes at a time
constexpr int kMostThreads = 256;

// The part of the data that a record claims; nothing where it lies outside.
Bytes part(Bytes all, int64_t from, int64_t to) {
  if (from < 0 || to < from || static_cast<std::size_t>(to) > all.size) return {all.data, 0};
  return {all.data + from, static_cast<std::size_t>(to - from)};
}

class Work {
 public:
  Work(const std::vector<const Prepared*>& probes, Bytes bytes, const Errand& errand,
       const Model& model, float* scores)
      : probes_(probes), bytes_(bytes), errand_(errand), model_(model), scores_(scores) {}

  // Takes chunks until none is left; run by every thread.
  void run() noexcept {
    try {
      const auto workspace = std::make_unique<Workspace>();
      Prepared candidate;
      for (std::size_t at; (at = next_.fetch_add(kChunk)) < errand_.count;)
        for (std::size_t k = at; k < std::min(at + kChunk, errand_.count); ++k)
          if (!compare_one(k, candidate, *workspace)) refuse(k);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  // After all threads have ended.
  std::size_t refused() const {
    if (failure_) std::rethrow_exception(failure_);
    return refused_;
  }

 private:
  bool compare_one(std::size_t k, Prepared& candidate, Workspace& workspace) {
    const Bytes record = part(bytes_, errand_.from[k], errand_.to[k]);
    std::array<Minutia, kMaxMinutiae> minutiae;
    int count = 0;
    if (decode(record.data, record.size, minutiae.data(), count) != Fault::none) return false;
    candidate.assign(minutiae.data(), count, false);
    const Prepared& probe = *probes_[static_cast<std::size_t>(errand_.probe_of[k])];
    scores_[k] = static_cast<float>(compare(probe, candidate, model_, workspace).score);
    return true;
  }

  void refuse(std::size_t k) {
    const std::lock_guard lock(mutex_);
    refused_ = std::min(refused_, k);
  }

  const std::vector<const Prepared*>& probes_;
  const Bytes bytes_;
  const Errand errand_;
  const Model& model_;
  float* const scores_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::size_t refused_ = kNoRecord;
  std::exception_ptr failure_;
};

}  // namespace

std::size_t compare_packed(const std::vector<const Prepared*>& probes, Bytes bytes,
                           const Errand& errand, const Model& model, int threads, float* scores) {
  Work work(probes, bytes, errand, model, scores);
  const std::size_t chunks = (errand.count + kChunk - 1) / kChunk;
  const std::size_t wanted = std::min<std::size_t>(std::clamp(threads, 1, kMostThreads), chunks);
  std::vector<std::thread> others;
  others.reserve(kMostThreads);
  try {
    while (others.size() + 1 < wanted) others.emplace_back([&work] { work.run(); });
  } catch (...) {
    // The system gives no more threads: those that run do the work.
  }
  work.run();
  for (std::thread& thread : others) thread.join();
  return work.refused();
}

std::size_t list_packed(Bytes bytes, const int64_t* from, const int64_t* to, std::size_t runs,
                        Directory& found) {
  for (std::size_t run = 0; run < runs; ++run) {
    Bytes left = part(bytes, from[run], to[run]);
    if (left.size == 0 && from[run] != to[run]) return run;
    while (left.size) {
      PackedHeader header;
      if (read_header(left.data, left.size, header) != Fault::none) return run;
      const int64_t at = left.data - bytes.data;
      found.run.push_back(static_cast<int64_t>(run));
      found.from.push_back(at);
      found.to.push_back(at + static_cast<int64_t>(header.size));
      found.finger.push_back(static_cast<uint8_t>(header.finger));
      found.quality.push_back(static_cast<uint8_t>(header.quality));
      left = {left.data + header.size, left.size - header.size};
    }
  }
  return kNoRecord;
}

}  // namespace tenprint::match
