// Puts the matching kernels into the Python module.
#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::match {
void bind(nanobind::module_& m);
}
