#include "match/kernel.inl"

namespace tenprint::match {
const Kernel kAvx512 = TENPRINT_KERNEL;
}
