#include "leader/leader.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <thread>

#include "cpu/cpu.h"
#include "leader/maps.h"
#include "leader/pack.h"

namespace tenprint::leader {
namespace {

// Channels in and out of every block, as published.
constexpr int kEncodeIn[4] = {16, 16, 32, 64}, kEncodeOut[4] = {16, 32, 64, 128};
constexpr int kDecodeIn[4] = {64, 128, 256, 128}, kDecodeOut[4] = {16, 32, 64, 128};
constexpr int kRefineIn[4] = {64, 32, 64, 128}, kRefineOut[4] = {32, 64, 128, 32};
constexpr int kRestoreIn[4] = {106, 219, 59, 32}, kRestoreOut[4] = {20, 42, 91, 27};
constexpr int kHeadIn = 52, kHeadOut = 4;

const Kernels& kernels(bool bfloat16) {
#if defined(__x86_64__)
  if (bfloat16) return avx512bf16_kernels();
  if (level() == Level::avx512) return avx512_kernels();
  if (level() == Level::avx2) return avx2_kernels();
#else
  (void)bfloat16;
#endif
  return portable_kernels();
}

Map from_channel(const Map& map, int channel) {
  return {map.origin + channel * map.plane, map.plane, map.stride};
}

Bottleneck bottleneck(Packer& packer, const std::string& name, int in, int out) {
  Bottleneck b;
  b.channels = in;
  b.depthwise = packer.keep(name + ".depthwise", static_cast<std::size_t>(in) * 49).data();
  b.expand = packer.gemm(name + ".expand", 0, in, 4 * in);
  b.reduce = packer.gemm(name + ".reduce", in, 4 * in, out);
  return b;
}

Separable separable(Packer& packer, const std::string& name, int in, int out) {
  Separable s;
  s.channels = in;
  s.depthwise = packer.keep(name + ".depthwise", static_cast<std::size_t>(in) * 25).data();
  s.pointwise = packer.gemm(name + ".pointwise", in, 0, out);
  s.scale = packer.keep(name + ".scale", out).data();
  s.shift = packer.keep(name + ".shift", out).data();
  return s;
}

}  // namespace

Network::Network(const Tensors& tensors, bool bfloat16)
    : bfloat16_(bfloat16), packer_(std::make_unique<Packer>(tensors, bfloat16)) {
  if (bfloat16 && !has_avx512_bf16())
    throw std::invalid_argument("this processor has no bfloat16 products");
  Packer& p = *packer_;
  for (int i = 0; i < 2; i++) {
    const std::string name = "stem" + std::to_string(i);
    const int half = i ? 16 : 8;
    stem_[i].near = p.gemm(name + ".near", 25, 0, half);
    stem_[i].far = p.gemm(name + ".far", 25, 0, half);
    stem_[i].scale = p.keep(name + ".scale", 2 * half).data();
    stem_[i].shift = p.keep(name + ".shift", 2 * half).data();
    stem_[i].max_pooling = i == 0;
  }
  for (int i = 0; i < 4; i++) {
    const auto number = std::to_string(i);
    encode_[i] = separable(p, "enc0_" + number, kEncodeIn[i], kEncodeOut[i]);
    decode_[i] = separable(p, "dec0_" + number, kDecodeIn[i], kDecodeOut[i]);
    refine_[i] = bottleneck(p, "enc1_" + number, kRefineIn[i], kRefineOut[i]);
    restore_[i] = bottleneck(p, "dec1_" + number, kRestoreIn[i], kRestoreOut[i]);
  }
  for (int i = 0; i < 3; i++)
    attention_.seen[i] = p.gemm("attention.seen" + std::to_string(i), 0, 9 * 32, 16, 9);
  attention_.gate = p.gemm("attention.gate", 0, 48, 32);
  for (int i = 0; i < 3; i++) {
    const auto name = "head" + std::to_string(i);
    heads_[i].bottleneck = bottleneck(p, name, kHeadIn, kHeadOut);
    heads_[i].mix = p.keep(name + ".mix", 16).data();
    heads_[i].bias = p.keep(name + ".mix_bias", 4).data();
  }
  position_ = p.keep("position", 4 * 36 + 1);
  direction_ = p.keep("direction", 100 * 2 + 2);
  kind_ = p.keep("kind", 100 + 1);
}

Network::~Network() = default;

std::unique_ptr<Maps> Network::take_maps() const {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Maps>();
  auto maps = std::move(idle_.back());
  idle_.pop_back();
  return maps;
}

void Network::give_maps(std::unique_ptr<Maps> maps) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(maps));  // as many as ever ran at once
}

// One image: every thread goes through the same stages, shares out each stage's tiles, and waits
// for the others at its end.
class Run {
 public:
  Run(const Network& network, const Image& image, const std::uint8_t* cells, Maps& maps, int threads)
      : net_(network), k_(kernels(network.bfloat16_)), image_(image), m_(maps), barrier_(threads) {
    for (int l = 1; l <= 5; l++) tiles_[l] = tiles(cells, maps.height, maps.width, l);
  }

  void dense_stages() {
    Worker worker;
    load_image(worker);
    encode_context(worker);
    attend(worker);
    refine(worker);
    each(worker, tiles_[1], [&](const Tile& t, const Tile& next, float* s) {
      k_.head(net_.heads_[0], m_.refine[1], m_.heads[0], t, next, s);
    });
    each(worker, tiles_[1], [&](const Tile& t, const Tile&, float*) {
      k_.position(net_.position_.data(), net_.position_.back(), m_.heads[0], m_.position, t);
    });
    each_index(worker, (m_.height + kBand - 1) / kBand, [&](int band, float*) { smooth(band); });
  }

  std::vector<Peak> peaks(float threshold, int most) const;

  // The direction and type heads, only where the peaks are.
  void describe(std::vector<Peak>& peaks, int threads);

 private:
  static constexpr int kStages = 64, kBand = 16;

  struct Worker {
    int stage = 0;
    std::unique_ptr<float[], Free> scratch{
        static_cast<float*>(std::aligned_alloc(64, kScratch * sizeof(float)))};
    Worker() {
      if (!scratch) throw std::bad_alloc();
    }
  };

  template <class Work>
  void each_index(Worker& worker, int count, Work&& work) {
    auto& next = next_[worker.stage++];
    for (int i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i, worker.scratch.get());
    barrier_.arrive_and_wait();
  }

  template <class Work>
  void each(Worker& worker, const std::vector<Tile>& tiles, Work&& work) {
    each_index(worker, static_cast<int>(tiles.size()), [&](int i, float* scratch) {
      work(tiles[i], tiles[std::min(static_cast<std::size_t>(i) + 1, tiles.size() - 1)], scratch);
    });
  }

  void load_image(Worker& worker) {
    each_index(worker, image_.height, [&](int y, float*) {
      const std::uint8_t* from = image_.pixels + static_cast<long>(y) * image_.width;
      float* even = m_.image.at(0, y, 0);
      float* odd = m_.image.at(1, y, 0);
      for (int x = 0; x < image_.width / 2; x++) {
        even[x] = from[2 * x];
        odd[x] = from[2 * x + 1];
      }
    });
  }

  // The first half of the channels by maximum, the second by mean.
  void halve(Worker& worker, const Map& in, const Map& out, int channels, int level) {
    each_index(worker, channels, [&](int c, float*) {
      k_.down(in, c, out, c, c < channels / 2, m_.height >> level, m_.width >> level);
    });
  }

  void encode_context(Worker& worker) {
    each(worker, tiles_[1], [&](const Tile& t, const Tile&, float* s) {
      k_.stem(net_.stem_[0], m_.image, m_.stem, t, s);
      k_.stem(net_.stem_[1], m_.image, from_channel(m_.features, 32), t, s);
    });
    for (int i = 0; i < 4; i++) {
      const Map& in = i ? m_.context_in[i + 1] : m_.stem;
      const Map skip = from_channel(m_.context[i + 1], kDecodeOut[i]);
      each(worker, tiles_[i + 1], [&](const Tile& t, const Tile&, float* s) { k_.separable(net_.encode_[i], in, skip, false, t, s); });
      halve(worker, skip, m_.context_in[i + 2], kEncodeOut[i], i + 2);
    }
    for (int i = 3; i >= 0; i--) {
      const Map& in = i == 3 ? m_.context_in[5] : m_.context[i + 2];
      each(worker, tiles_[i + 2], [&](const Tile& t, const Tile&, float* s) { k_.separable(net_.decode_[i], in, m_.context[i + 1], true, t, s); });
    }
  }

  void attend(Worker& worker) {
    if (k_.bfloat16)
      each(worker, tiles_[1], [&](const Tile& t, const Tile&, float*) { k_.to_words(m_.context[1], m_.words, 32, t); });
    const Map& words = k_.bfloat16 ? m_.words : m_.context[1];
    each(worker, tiles_[1], [&](const Tile& t, const Tile&, float* s) {
      k_.attention(net_.attention_, words, m_.context[1], m_.features, t, s);
    });
  }

  void refine(Worker& worker) {
    for (int i = 0; i < 4; i++) {
      const Map& in = i ? m_.refine_in[i + 1] : m_.features;
      const Map skip = from_channel(m_.refine[i + 1], kRestoreOut[i]);
      each(worker, tiles_[i + 1], [&](const Tile& t, const Tile& next, float* s) {
        k_.bottleneck(net_.refine_[i], in, skip, false, t, next, s);
      });
      halve(worker, skip, m_.refine_in[i + 2], kRefineOut[i], i + 2);
    }
    for (int i = 3; i >= 0; i--) {
      const Map& in = i == 3 ? m_.refine_in[5] : m_.refine[i + 2];
      each(worker, tiles_[i + 2], [&](const Tile& t, const Tile& next, float* s) {
        k_.bottleneck(net_.restore_[i], in, m_.refine[i + 1], true, t, next, s);
      });
    }
  }

  // The 5x5 binomial blur of the position map, one band of rows.
  void smooth(int band) {
    constexpr float tap[5] = {1 / 16.0f, 4 / 16.0f, 6 / 16.0f, 4 / 16.0f, 1 / 16.0f};
    std::vector<float> blurred(static_cast<std::size_t>(m_.position.stride));
    for (int y = band * kBand; y < std::min((band + 1) * kBand, m_.height); y++) {
      const float* from = m_.position.at(0, y, -2);
      const long stride = m_.position.stride;
      for (int x = 0; x < m_.width + 4; x++)
        blurred[x] = tap[0] * (from[x - 2 * stride] + from[x + 2 * stride]) +
                     tap[1] * (from[x - stride] + from[x + stride]) + tap[2] * from[x];
      float* to = m_.smoothed.at(0, y, 0);
      for (int x = 0; x < m_.width; x++)
        to[x] = tap[0] * (blurred[x] + blurred[x + 4]) + tap[1] * (blurred[x + 1] + blurred[x + 3]) +
                tap[2] * blurred[x + 2];
    }
  }

  const Network& net_;
  const Kernels& k_;
  const Image& image_;
  Maps& m_;
  std::vector<Tile> tiles_[6];
  std::atomic<int> next_[kStages] = {};
  std::barrier<> barrier_;
};

std::vector<Peak> Run::peaks(float threshold, int most) const {
  constexpr int reach = 3;
  std::vector<Peak> found;
  for (int y = 0; y < m_.height; y++) {
    const float* row = m_.smoothed.at(0, y, 0);
    for (int x = 0; x < m_.width; x++) {
      if (!(row[x] >= threshold)) continue;
      bool highest = true;
      for (int dy = -reach; dy <= reach && highest; dy++)
        for (int dx = -reach; dx <= reach; dx++)
          highest = highest && m_.smoothed.at(0, y + dy, x)[dx] <= row[x];
      if (highest) found.push_back({y, x, row[x], 0, 0, 0});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Peak& a, const Peak& b) { return a.probability > b.probability; });
  if (found.size() > static_cast<std::size_t>(most)) found.resize(static_cast<std::size_t>(most));
  return found;
}

void Run::describe(std::vector<Peak>& peaks, int) {
  Worker worker;
  const auto convolve = [](const Map& map, const Peak& peak, std::span<const float> w, int outputs, int o) {
    float sum = w[static_cast<std::size_t>(100 * outputs + o)];
    for (int ky = -2; ky <= 2; ky++)
      for (int kx = -2; kx <= 2; kx++)
        for (int c = 0; c < 4; c++)
          sum += *map.at(c, (peak.row + ky) >> 1, (peak.column + kx) >> 1) *
                 w[static_cast<std::size_t>((((ky + 2) * 5 + kx + 2) * 4 + c) * outputs + o)];
    return sum;
  };
  for (Peak& peak : peaks) {
    // Outside the image the heads' channels are zero, inside they are needed at 3 x 3 pixels.
    const int top = std::max(peak.row / 2 - 1, 0), bottom = std::min(peak.row / 2 + 1, m_.height / 2 - 1);
    const int left = std::max(peak.column / 2 - 1, 0), right = std::min(peak.column / 2 + 1, m_.width / 2 - 1);
    const Tile tile{top, left, bottom - top + 1, right - left + 1};
    for (int i : {1, 2}) k_.head(net_.heads_[i], m_.refine[1], m_.heads[i], tile, tile, worker.scratch.get());
    peak.cosine = convolve(m_.heads[1], peak, net_.direction_, 2, 0);
    peak.sine = convolve(m_.heads[1], peak, net_.direction_, 2, 1);
    peak.ending = 1 / (1 + std::exp(-convolve(m_.heads[2], peak, net_.kind_, 1, 0)));
  }
}

std::vector<Peak> Network::run(const Image& image, const std::uint8_t* cells, float threshold,
                               int most, int threads, float* position) const {
  auto maps = take_maps();
  maps->prepare(image.height, image.width);
  threads = std::clamp(threads, 1, 64);
  Run work(*this, image, cells, *maps, threads);
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; i++) helpers.emplace_back([&] { work.dense_stages(); });
    work.dense_stages();
  }
  auto peaks = work.peaks(threshold, most);
  work.describe(peaks, threads);
  if (position)
    for (int y = 0; y < image.height; y++)
      std::copy_n(maps->position.at(0, y, 0), image.width, position + static_cast<long>(y) * image.width);
  give_maps(std::move(maps));
  return peaks;
}

}  // namespace tenprint::leader
