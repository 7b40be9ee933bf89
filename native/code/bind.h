#pragma once

#include <nanobind/nanobind.h>

namespace tenprint::code {
void bind(nanobind::module_& m);
}
