// The orientation field of one finger: the model of src/tenprint/synth/_flow.py with its derivative.
#pragma once

#include "synth/population.h"
#include "synth/steady.h"

namespace tenprint::synth {

enum class Pattern { kArch, kTentedArch, kLeftLoop, kRightLoop, kWhorl };

// Half the extent of what a finger has, from its centre, for a finger of size 1.
constexpr double kHalfWidth = 265.0, kHalfHeight = 300.0;

struct Slope {
  double value, dx, dy;
};

// A smooth random surface over the finger: mean 0, standard deviation about 1. A uniform cubic
// B-spline with independent coefficients.
class Surface {
 public:
  Surface(uint64_t key, double spacing);
  double at(double x, double y) const;
  Slope slope(double x, double y) const;

 private:
  struct Weights;
  static constexpr int kMost = 20;
  void locate(double x, double y, int& column, int& row, double& u, double& v) const;
  double inverse_;
  float knots_[kMost][kMost];
};

// Ridge direction (cosine, sine) with a sign of its own, and how it changes.
struct Ridge {
  Turn along;
  double dx, dy;   // of the angle
};

class Flow {
 public:
  Flow(Pattern pattern, uint64_t key, const Anatomy& anatomy);
  Ridge at(double x, double y) const;

 private:
  struct Point {
    double x, y, sign, a1, c1, s1, a2, c2, s2;
  };
  Point point(Draws& draws, double x, double y, double sign, double flat = 0, double axis = 0) const;
  double tilt_, dome_, dome_width_, dome_y_, bump_, bump_width_, bump_x_, spiral_, wobble_;
  double variety_;
  int points_ = 0;
  Point point_[4];
  Surface surface_;
};

}  // namespace tenprint::synth
