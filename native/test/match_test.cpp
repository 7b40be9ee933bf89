// The matching kernels on random, crowded and degenerate templates, at every instruction set.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "cpu/cpu.h"
#include "match/kernel.h"

using namespace tenprint;
using namespace tenprint::match;

namespace {

// At every instruction set, which must give the same descriptors.
std::unique_ptr<Prepared> random_template(std::mt19937& random, int count, int extent) {
  std::vector<Minutia> minutiae;
  for (int k = 0; k < count; ++k) {
    const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    minutiae.push_back({below(extent), below(extent), below(kTurn), below(101)});
  }
  set_level(best_level());
  auto best = std::make_unique<Prepared>(minutiae.data(), count);
  for (int l = static_cast<int>(best_level()) - 1; l >= 0; --l) {
    set_level(static_cast<Level>(l));
    const Prepared lower(minutiae.data(), count);
    for (int b = 0; b < best->blocks(); ++b)
      if (std::memcmp(best->data() + b, lower.data() + b, sizeof(Block)) != 0) {
        std::printf("level %d prepares %d minutiae within %d differently\n", l, count, extent);
        std::exit(EXIT_FAILURE);
      }
  }
  return best;
}

}  // namespace

int main() {
  std::mt19937 random(1);
  auto work = std::make_unique<Workspace>();
  const int counts[] = {0, 1, 2, 3, 15, 16, 17, 48, 49, 120, 254, 255};
  for (const int extent : {1, 9, 300, 4096})
    for (const int n : counts)
      for (const int m : counts) {
        const auto probe = random_template(random, n, extent);
        const auto candidate = random_template(random, m, extent);
        float first = 0;
        Evidence known;
        for (int l = static_cast<int>(best_level()); l >= 0; --l) {
          set_level(static_cast<Level>(l));
          const Kernel& look = kernel();
          look.agree(*probe, *candidate, *work);
          const Evidence found = look.align(*probe, *candidate, *work);
          if (l == static_cast<int>(best_level())) first = work->eigenvalue, known = found;
          if (work->eigenvalue != first || found.matched != known.matched ||
              found.distance != known.distance || found.probe_matched != known.probe_matched) {
            std::printf("level %d differs at %d x %d minutiae within %d\n", l, n, m, extent);
            return EXIT_FAILURE;
          }
        }
      }
  return EXIT_SUCCESS;
}
