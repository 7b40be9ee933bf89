// The one Python module of all kernels. Each kernel's folder brings its own bind.cpp.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "code/bind.h"
#include "cpu/cpu.h"
#include "leader/bind.h"
#include "match/bind.h"
#include "names/bind.h"
#include "scan/bind.h"
#include "synth/bind.h"
#include "wsq/bind.h"

namespace nb = nanobind;

NB_MODULE(_kernels, m) {
  m.doc() = "C++ kernels of tenprint; call them through the rooms, not directly.";
  m.def("level", [] { return static_cast<int>(tenprint::level()); },
        "The instruction set in force: 0 portable, 1 AVX2, 2 AVX-512.");
  m.def("best_level", [] { return static_cast<int>(tenprint::best_level()); },
        "The best instruction set of this processor.");
  m.def("set_level", [](int wanted) { tenprint::set_level(static_cast<tenprint::Level>(wanted)); },
        nb::arg("level"), "Use this instruction set from now on (tests); ValueError if absent.");
  tenprint::code::bind(m);
  tenprint::leader::bind(m);
  tenprint::match::bind(m);
  tenprint::names::bind(m);
  tenprint::scan::bind(m);
  tenprint::synth::bind(m);
  tenprint::wsq::bind(m);
}
