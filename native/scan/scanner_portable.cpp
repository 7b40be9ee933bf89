#include <algorithm>

#include "scan/scan.h"

namespace tenprint::scan {
namespace {

void score(const std::vector<Sheet>& sheets, std::size_t queries, std::size_t first_block,
           std::size_t blocks, uint8_t*, uint16_t* scores) {
  std::fill_n(scores, queries * kTile, uint16_t{0});
  for (const Sheet& sheet : sheets)
    for (const Reader& reader : sheet.readers)
      for (std::size_t b = 0; b < blocks; ++b) {
        const uint8_t* code = sheet.codes + (first_block + b) * kBlockBytes;
        uint16_t* sum = scores + reader.query * kTile + b * kLanes;
        for (int byte = 0; byte < kBytes; ++byte, code += kLanes) {
          const uint8_t *low = reader.table + byte * 32, *high = low + 16;
          for (int lane = 0; lane < kLanes; ++lane)
            sum[lane] = static_cast<uint16_t>(sum[lane] + low[code[lane] & 15] +
                                              high[code[lane] >> 4]);
        }
      }
}

std::size_t reach(const uint16_t* scores, std::size_t count, uint16_t least, uint16_t* places) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < count; ++at)
    if (scores[at] >= least) places[found++] = static_cast<uint16_t>(at);
  return found;
}

}  // namespace

const Scanner kPortable = {64, score, reach};

}  // namespace tenprint::scan
