#pragma once
#include <nanobind/nanobind.h>

namespace tenprint::leader {

void bind(nanobind::module_& m);

}  // namespace tenprint::leader
