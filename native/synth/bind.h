#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::synth {

// Adds the ridge pattern kernels to the module.
void bind(nanobind::module_& m);

}  // namespace tenprint::synth
