#include "match/kernel.inl"

namespace tenprint::match {
const Kernel kPortable = TENPRINT_KERNEL;
}
