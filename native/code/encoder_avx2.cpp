#include "code/encoder.inl"

namespace tenprint::code {
const Encoder kAvx2 = TENPRINT_ENCODER;
}
