#include "scan/scan.h"

#include <algorithm>

namespace tenprint::scan {
namespace {

void score(const Query& query, std::size_t first_block, std::size_t blocks, uint16_t* scores) {
  std::fill_n(scores, blocks * kLanes, uint16_t{0});
  for (const Part& part : query.parts)
    for (std::size_t b = 0; b < blocks; ++b) {
      const uint8_t* code = part.codes + (first_block + b) * kBlockBytes;
      uint16_t* sum = scores + b * kLanes;
      for (int byte = 0; byte < kBytes; ++byte, code += kLanes) {
        const uint8_t *low = part.table + byte * 32, *high = low + 16;
        for (int lane = 0; lane < kLanes; ++lane)
          sum[lane] = static_cast<uint16_t>(sum[lane] + low[code[lane] & 15] +
                                            high[code[lane] >> 4]);
      }
    }
}

}  // namespace

const Scanner kPortable = {score};

}  // namespace tenprint::scan
