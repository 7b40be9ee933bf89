#include "match/kernel.h"

#include "cpu/cpu.h"

namespace tenprint::match {

const Kernel& kernel() {
#if defined(__x86_64__)
  if (level() == Level::avx512) return kAvx512;
  if (level() == Level::avx2) return kAvx2;
#endif
  return kPortable;
}

}  // namespace tenprint::match
