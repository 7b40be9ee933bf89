// Which instruction set the kernels use: the best this processor has, or a lower one asked for by a test.
#pragma once

namespace tenprint {

enum class Level : int { portable = 0, avx2 = 1, avx512 = 2 };

// The best level that this processor runs.
Level best_level();

// The level in force (best_level() unless set). Safe to read from any thread.
Level level();

// Use `wanted` from now on; throws std::invalid_argument where the processor cannot.
void set_level(Level wanted);

// Extras beyond the level.
bool has_avx512_bf16();

}  // namespace tenprint
