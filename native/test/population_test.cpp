// Fictitious templates with usual and with extreme numbers; the same whatever is made before them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "synth/population.h"
#include "synth/steady.h"

using namespace tenprint::synth;

namespace {

bool fail(const char* what) {
  std::printf("%s\n", what);
  return false;
}

bool elementary() {
  for (int k = -4000; k <= 4000; ++k) {
    const double a = k * 0.013;
    const Turn t = turn_of(a);
    if (std::abs(t.cosine - std::cos(a)) > 1e-12 || std::abs(t.sine - std::sin(a)) > 1e-12)
      return fail("turn_of");
    if (std::abs(std::remainder(angle_of(t.cosine, t.sine) - a, 2 * 3.14159265358979323846)) > 1e-6)
      return fail("angle_of");
    if (std::abs(steady_exp(a) / std::exp(a) - 1) > 1e-12) return fail("steady_exp");
  }
  return true;
}

}  // namespace

int main() {
  Classes classes;
  for (auto& row : classes.below) row[0] = -1.9, row[1] = -1.6, row[2] = -1.2, row[3] = 0.5;
  const Anatomy usual{0.2, 0.1, 0.08, 1.8, 8, 9, 0.2, 1.6, 0.01, 0.07, 0.65, 0.35, 0.35};
  const Anatomy wild{1, 4, 4, 5, 0, 0, 1, 9, 3, 5, 9, 0.5, 0.5};
  const Touch plain{420, 388, 0, 325, 250, 0.13, 0.07, 0.07, 20, 16, 0.19, 0.6, 3.4,
                    0.75, 0.45, 0.6, 1.2, 0.7, 1.1, 2.5, 0.03, 0.6, 0.65, 0.04};
  const Touch huge{4095, 4095, 1, 4096, 4096, 9, 9, 9, 900, 900, 30, 90, 400,
                   90, 90, 90, 90, 90, 90, 0, 10, 400, 90, 9};
  uint8_t fingers[10];
  for (int k = 0; k < 10; ++k) fingers[k] = static_cast<uint8_t>(k + 1);
  if (!elementary()) return EXIT_FAILURE;
  for (const Anatomy& anatomy : {usual, wild})
    for (const Touch& touch : {plain, huge}) {
      check_population(anatomy, touch);
      std::vector<uint8_t> together, apart;
      std::vector<int64_t> lengths, again;
      populate(7, 100, 12, 3, fingers, 10, classes, anatomy, touch, together, lengths);
      for (uint64_t person = 100; person < 112; ++person)
        populate(7, person, 1, 3, fingers, 10, classes, anatomy, touch, apart, again);
      if (together != apart || lengths != again || lengths.size() != 120) {
        fail("a person depends on who is made before");
        return EXIT_FAILURE;
      }
    }
  return EXIT_SUCCESS;
}
