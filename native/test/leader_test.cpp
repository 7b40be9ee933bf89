// The minutiae network with random weights on random images: every instruction set, odd shapes,
// random cells and threads. Looks for bad memory accesses and for results that depend on threads.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "cpu/cpu.h"
#include "leader/leader.h"

using namespace tenprint::leader;

namespace {

struct Weights {
  std::mt19937 random{1};
  std::map<std::string, std::vector<float>> values;

  void add(const std::string& name, int size, int inputs = 1) {
    std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(inputs)));
    auto& v = values[name];
    for (int i = 0; i < size; i++) v.push_back(normal(random));
  }
  void gemm(const std::string& name, int inputs, int outputs) {
    add(name, inputs * outputs, inputs);
    add(name + "_bias", outputs);
  }
  void norm(const std::string& name, int channels) {
    add(name + ".scale", channels);
    add(name + ".shift", channels);
  }
  void separable(const std::string& name, int in, int out) {
    add(name + ".depthwise", in * 25, 25);
    gemm(name + ".pointwise", in, out);
    norm(name, out);
  }
  void bottleneck(const std::string& name, int in, int out) {
    add(name + ".depthwise", in * 49, 49);
    gemm(name + ".expand", in, 4 * in);
    gemm(name + ".reduce", 5 * in, out);
  }

  Weights() {
    for (int i = 0; i < 2; i++) {
      const auto name = "stem" + std::to_string(i);
      gemm(name + ".near", 25, i ? 16 : 8);
      gemm(name + ".far", 25, i ? 16 : 8);
      norm(name, i ? 32 : 16);
    }
    const int blocks[4][8] = {{16, 16, 64, 16, 64, 32, 106, 20},
                              {16, 32, 128, 32, 32, 64, 219, 42},
                              {32, 64, 256, 64, 64, 128, 59, 91},
                              {64, 128, 128, 128, 128, 32, 32, 27}};
    for (int i = 0; i < 4; i++) {
      const auto number = std::to_string(i);
      separable("enc0_" + number, blocks[i][0], blocks[i][1]);
      separable("dec0_" + number, blocks[i][2], blocks[i][3]);
      bottleneck("enc1_" + number, blocks[i][4], blocks[i][5]);
      bottleneck("dec1_" + number, blocks[i][6], blocks[i][7]);
    }
    for (int i = 0; i < 3; i++) {
      gemm("attention.seen" + std::to_string(i), 9 * 32, 16);
      bottleneck("head" + std::to_string(i), 52, 4);
      add("head" + std::to_string(i) + ".mix", 16, 4);
      add("head" + std::to_string(i) + ".mix_bias", 4);
    }
    gemm("attention.gate", 48, 32);
    add("position", 4 * 36 + 1, 36);
    add("direction", 202, 100);
    add("kind", 101, 100);
  }

  Tensors tensors() const {
    Tensors result;
    for (const auto& [name, v] : values) result[name] = {v.data(), v.size()};
    return result;
  }
};

void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

void try_images(const Network& network, std::mt19937& random) {
  const int shapes[][2] = {{32, 32}, {32, 160}, {96, 32}, {64, 96}, {128, 160}};
  for (const auto& [height, width] : shapes) {
    // Exactly as large as said, so that one pixel too far is noticed.
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(height * width)), cells(static_cast<std::size_t>(height * width / 1024));
    std::vector<float> position(pixels.size()), again(pixels.size());
    for (auto& p : pixels) p = static_cast<std::uint8_t>(random());
    for (auto& c : cells) c = random() % 4 != 0;
    const Image image{pixels.data(), height, width};
    const auto one = network.run(image, cells.data(), 0.3f, 255, 1, position.data());
    const auto two = network.run(image, cells.data(), 0.3f, 255, 3, again.data());
    check(one.size() == two.size() && position == again, "threads change the result");
    for (float p : position) check(p >= 0 && p <= 1, "a probability outside 0 to 1");
    check(network.run(image, cells.data(), 0.0f, 5, 1, nullptr).size() <= 5, "more peaks than asked for");
  }
}

}  // namespace

int main() {
  const Weights weights;
  std::mt19937 random(2);
  for (int level = 0; level <= static_cast<int>(tenprint::best_level()); level++) {
    tenprint::set_level(static_cast<tenprint::Level>(level));
    try_images(Network(weights.tensors(), false), random);
    std::printf("leader, level %d: good\n", level);
  }
  if (tenprint::has_avx512_bf16()) {
    try_images(Network(weights.tensors(), true), random);
    std::printf("leader, bfloat16: good\n");
  }
  Tensors few = weights.tensors();
  few.erase("kind");
  try {
    Network network(few, false);
    check(false, "a missing tensor was not noticed");
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
