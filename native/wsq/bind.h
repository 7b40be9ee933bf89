// Puts the WSQ codec into the Python module.
#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::wsq {
void bind(nanobind::module_& m);
}
