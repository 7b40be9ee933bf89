#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::scan {
void bind(nanobind::module_& m);
}
