#include "cpu/cpu.h"

#include <atomic>
#include <stdexcept>

namespace tenprint {
namespace {

Level detect() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512bitalg") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
    return Level::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi2"))
    return Level::avx2;
#endif
  return Level::portable;
}

std::atomic<int> current{-1};

}  // namespace

Level best_level() {
  static const Level best = detect();
  return best;
}

Level level() {
  const int chosen = current.load(std::memory_order_relaxed);
  return chosen < 0 ? best_level() : static_cast<Level>(chosen);
}

void set_level(Level wanted) {
  if (wanted > best_level())
    throw std::invalid_argument("this processor does not have the instruction set asked for");
  current.store(static_cast<int>(wanted), std::memory_order_relaxed);
}

bool has_avx512_bf16() {
#if defined(__x86_64__)
  return best_level() == Level::avx512 && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

}  // namespace tenprint
