#include "code/encoder.inl"

namespace tenprint::code {
const Encoder kPortable = TENPRINT_ENCODER;
}
