// The WSQ codec: what it encodes it decodes, at any size; and damaged streams end in an error or an
// image, never in a bad memory access. Everything random comes from a fixed seed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "wsq/decode.h"
#include "wsq/encode.h"
#include "wsq/huffman.h"

using namespace tenprint::wsq;

namespace {

constexpr int kMostSide = 16000;
constexpr std::size_t kMostPixels = 4'000'000;
std::mt19937 generator{7};

int random(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); }

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

std::vector<uint8_t> ridges(int height, int width) {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      pixels.push_back(static_cast<uint8_t>(
          128 + 90 * std::sin(std::hypot(x - width / 3, y - height / 2) * 0.7) + random(-20, 20)));
  return pixels;
}

std::vector<uint8_t> stream(int height, int width, double bitrate) {
  const auto pixels = ridges(height, width);
  return encode(pixels.data(), height, width, bitrate, "NIST_COM 1\nPPI 500");
}

// What comes back is near what went in, where the rate is high.
void round_trips() {
  for (int k = 0; k < 60; ++k) {
    const int height = k < 40 ? random(1, 40) : random(81, 200);
    const int width = k % 2 ? random(1, 40) : random(81, 200);
    const auto pixels = ridges(height, width);
    const auto data = encode(pixels.data(), height, width, 6, "");
    const Picture back = decode(data.data(), data.size(), kMostSide, kMostPixels);
    require(back.size.height == height && back.size.width == width, "the size has changed");
    if (height < 81 || width < 81) continue;
    double error = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) error += std::abs(pixels[i] - back.pixels[i]);
    require(error / static_cast<double>(pixels.size()) < 8, "the image is not what was encoded");
  }
}

// Lengths that are a prefix code, of at most 16 bits, with the code of all ones left over.
void huffman_codes() {
  for (int k = 0; k < 300; ++k) {
    std::array<std::uint64_t, 256> frequency{};
    double weight = 1;
    const int symbols = random(1, 255);
    for (int s = 1; s <= symbols; ++s, weight = std::min(weight * (1 + k % 3), 1e15))
      frequency[s] = static_cast<std::uint64_t>(weight) + static_cast<std::uint64_t>(random(0, 9));
    const Code code = make_code(frequency);
    int used = 0;
    for (int s = 0; s < 256; ++s) {
      require((code.length[s] > 0) == (frequency[s] > 0), "a symbol has no code");
      if (code.length[s] == 0) continue;
      require(code.length[s] <= 16, "a code is too long");
      require(code.bits[s] != (1 << code.length[s]) - 1, "a code is all ones");
      used += 1 << (16 - code.length[s]);
    }
    require(used < 1 << 16, "the codes are no prefix code");
  }
}

struct Outcome {
  int decoded = 0, refused = 0;
  void try_to_decode(const std::vector<uint8_t>& data) {
    // A copy of exact size, so that reading one byte too far is seen.
    const std::vector<uint8_t> exact(data.begin(), data.end());
    try {
      decode(exact.data(), exact.size(), kMostSide, kMostPixels);
      ++decoded;
    } catch (const Damaged&) {
      ++refused;
    }
  }
};

std::vector<uint8_t> damage(std::vector<uint8_t> data, std::size_t header) {
  for (int count = random(1, 6); count > 0 && !data.empty(); --count) {
    // Half of the damage is done to the header, which is small and decides most.
    const std::size_t end = random(0, 1) ? std::min(header, data.size()) : data.size();
    const auto at = static_cast<std::size_t>(random(0, static_cast<int>(end) - 1));
    const auto place = data.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random(0, 5)) {
      case 0: data[at] ^= static_cast<uint8_t>(1 << random(0, 7)); break;
      case 1: data[at] = static_cast<uint8_t>(random(0, 255)); break;
      case 2: data[at] = random(0, 1) ? 0xff : 0; break;
      case 3: data.erase(place); break;
      case 4: data.insert(place, static_cast<uint8_t>(random(0xa0, 0xa8))); break;
      default: if (random(0, 7) == 0) data.resize(at);
    }
  }
  return data;
}

void hostile_streams(int rounds) {
  Outcome outcome;
  const std::vector<std::vector<uint8_t>> originals{
      stream(96, 88, 0.75), stream(81, 130, 2.25), stream(3, 5, 0.75), stream(1, 60, 4)};
  for (int k = 0; k < rounds; ++k) {
    const auto& original = originals[static_cast<std::size_t>(k) % originals.size()];
    outcome.try_to_decode(damage(original, 700));
  }
  for (std::size_t cut = 0; cut < originals[0].size(); cut += 3)
    outcome.try_to_decode({originals[0].begin(),
                           originals[0].begin() + static_cast<std::ptrdiff_t>(cut)});
  // Headers that are right, then blocks of noise.
  for (int k = 0; k < rounds / 10; ++k) {
    auto data = originals[0];
    for (std::size_t at = 700; at < data.size(); ++at) data[at] = static_cast<uint8_t>(random(0, 255));
    outcome.try_to_decode(data);
  }
  std::printf("%d damaged streams decoded, %d refused\n", outcome.decoded, outcome.refused);
  require(outcome.decoded > 0 && outcome.refused > 0, "the damage tests nothing");
}

}  // namespace

int main(int count, char** arguments) {
  huffman_codes();
  round_trips();
  hostile_streams(count > 1 ? std::atoi(arguments[1]) : 4000);
}
