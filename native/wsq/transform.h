// The wavelet transform of WSQ: 64 subbands by symmetric filters of odd length, in float32.
#pragma once

#include <vector>

#include "wsq/layout.h"

namespace tenprint::wsq {

// Symmetric filters, every tap written out.
struct Filters {
  std::vector<float> low, high;
};

// Splits an image in place into its subbands, with analysis filters.
void analyse(std::vector<float>& plane, int width, const Layout& layout, const Filters& filters);

// Joins subbands in place into the image, with synthesis filters.
void synthesise(std::vector<float>& plane, int width, const Layout& layout, const Filters& filters);

}  // namespace tenprint::wsq
