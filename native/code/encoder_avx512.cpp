#include "code/encoder.inl"

namespace tenprint::code {
const Encoder kAvx512 = TENPRINT_ENCODER;
}
