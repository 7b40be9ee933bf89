#pragma once
#include <nanobind/nanobind.h>

void bind_leader(nanobind::module_& m);
