#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::names {
void bind(nanobind::module_& m);
}
