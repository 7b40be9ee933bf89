// How coarse each subband of a WSQ image is: the FBI's encoder.
#pragma once

#include <array>
#include <vector>

#include "wsq/layout.h"

namespace tenprint::wsq {

// The width of the bins of each subband; 0: the subband is not coded.
using Bins = std::array<double, kSubbands>;

// Bin widths for a nominal rate in bits a pixel, from the variances of the subbands of `plane`.
Bins choose_bins(const std::vector<float>& plane, int width, const Layout& layout, double bitrate);

}  // namespace tenprint::wsq
