#include "match/kernel.inl"

namespace tenprint::match {
const Kernel kAvx2 = TENPRINT_KERNEL;
}
