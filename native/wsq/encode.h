// Writes grey images as WSQ (IAFIS-IC-0110, version 3): the FBI's encoder number two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenprint::wsq {

// The stream of an image of height x width grey levels, row by row (each side 1 to 65,535), at a
// nominal rate in bits a pixel, with one comment (at most 65,000 bytes).
std::vector<uint8_t> encode(const uint8_t* pixels, int height, int width, double bitrate,
                            const std::string& comment);

}  // namespace tenprint::wsq
