// A template made ready for matching: minutiae sorted by angle, in blocks of 16 lanes, each with
// its local descriptor (a binary minutia cylinder, Cappelli, Ferrara & Maltoni 2010).
#pragma once

#include <cstdint>
#include <cstddef>
#include <memory>
#include <vector>

namespace tenprint::match {

constexpr int kLanes = 16;
constexpr int kMaxMinutiae = 255;
constexpr int kMaxBlocks = (kMaxMinutiae + kLanes - 1) / kLanes;
constexpr int kWords = 10;       // 52 cells x 6 direction bins = 312 bits
constexpr int kTurn = 256;       // angle units in a full turn
constexpr int kPairs = 48;       // most minutiae of a probe that look for their like (3 vectors)

// Sixteen minutiae, one a lane. Lanes past the end have ones = kNobody, so they resemble nothing.
struct alignas(64) Block {
  uint32_t bits[kWords][kLanes];
  float x[kLanes];
  float y[kLanes];
  float weight[kLanes];          // extractor's confidence, 0..1; 0 in lanes past the end
  float ones[kLanes];            // set bits of the descriptor
  int32_t angle[kLanes];         // 0..255
};
constexpr float kNobody = 1e9f;

// One side of the convex hull: inside where nx * x + ny * y + c >= 0, in pixels.
struct Edge {
  float nx, ny, c;
};

struct Minutia {
  int x, y;             // pixels at 500 ppi, 0..4095
  int angle;            // 0..255
  int weight_percent;   // 0..100
};

// Immutable after construction and then safe to share between threads, unless its one owner
// prepares another template in its place.
class Prepared {
 public:
  Prepared() = default;
  Prepared(const Minutia* minutiae, int count);
  // Makes this another template, in the memory that it has where that is enough. Most templates that
  // are compared once never need their hull: without it, whoever does makes it.
  void assign(const Minutia* minutiae, int count, bool hull = true);
  bool has_hull() const { return has_hull_; }
  int count() const { return count_; }
  int blocks() const { return (count_ + kLanes - 1) / kLanes; }
  const Block* data() const { return blocks_.get(); }
  const Edge* edges() const { return edges_.data(); }
  int edge_count() const { return static_cast<int>(edges_.size()); }
  // The minutiae that look for their like when this template is the probe: the kPairs surest ones,
  // as ascending positions.
  const uint8_t* rows() const { return rows_.data(); }
  int row_count() const { return static_cast<int>(rows_.size()); }
  // The position of sorted minutia k in the template as it was given.
  int original(int k) const { return order_[static_cast<std::size_t>(k)]; }
  std::size_t bytes() const;

 private:
  void choose_rows(const Minutia* given);

  int count_ = 0;
  int room_ = 0;        // blocks allocated
  bool has_hull_ = true;
  std::unique_ptr<Block[]> blocks_;
  std::vector<uint8_t> order_;
  std::vector<uint8_t> rows_;
  std::vector<Edge> edges_;
};

// cos and sin of an angle unit, rounded to 2^-20 so that every C library gives the same table.
extern const float* const kCos;
extern const float* const kSin;

// The sides of the convex hull of n points; at most `room` of them are written. Returns how many
// (0 where the points do not span an area).
int hull_edges(const float* x, const float* y, int n, Edge* edges, int room);

}  // namespace tenprint::match
