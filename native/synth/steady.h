// Random numbers and elementary functions that are the same to the last bit on every machine: whole
// numbers and IEEE + - * / sqrt in a fixed order, nothing of the C library that may differ.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace tenprint::synth {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014, with Stafford's constants): a bijection.
constexpr uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ull;

// A key below another key: what a person, a finger, an impression draws follows from its own number
// alone, whoever is made before it.
constexpr uint64_t below(uint64_t key, uint64_t number) {
  return mix(key + kGolden * (2 * number + 1)) ^ mix(number + kGolden);
}

// A counter generator: the n-th draw is a function of key + n.
class Draws {
 public:
  explicit Draws(uint64_t key) : counter_(key) {}
  uint64_t word() { return mix(counter_ += kGolden); }
  double uniform() { return static_cast<double>(word() >> 11) * 0x1p-53; }   // [0, 1)
  // Mean 0, standard deviation 1, within +-3.5: a sum of four uniforms of 16 bits.
  double bell() {
    const uint64_t w = word();
    const int64_t sum = static_cast<int64_t>((w & 0xFFFF) + ((w >> 16) & 0xFFFF) +
                                             ((w >> 32) & 0xFFFF) + (w >> 48));
    return static_cast<double>(sum - 131070) * (1.7320508075688772 / 65536.0);
  }
  double near(double mean, double spread) { return mean + spread * bell(); }

 private:
  uint64_t counter_;
};

// The nearest whole number, halves away from 0. No std::floor: a call where SSE4 is not assumed.
inline int64_t nearest(double x) { return static_cast<int64_t>(x < 0 ? x - 0.5 : x + 0.5); }

struct Turn {
  double cosine, sine;
};

// e^(i a) for |a| < 10^6, error about 1e-15: Taylor series within an eighth of a turn.
inline Turn turn_of(double a) {
  const int64_t quarters = nearest(a * 0.63661977236758134308);
  const double quarter = static_cast<double>(quarters);
  const double r = (a - quarter * 1.57079632679489655800) - quarter * 6.12323399573676603587e-17;
  const double q = r * r;
  const double s =
      r * (1 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 +
      q * (-1.0 / 39916800 + q * (1.0 / 6227020800.0)))))));
  const double c = 1 + q * (-1.0 / 2 + q * (1.0 / 24 + q * (-1.0 / 720 + q * (1.0 / 40320 +
      q * (-1.0 / 3628800 + q * (1.0 / 479001600.0 + q * (-1.0 / 87178291200.0)))))));
  switch (quarters & 3) {
    case 0: return {c, s};
    case 1: return {-s, c};
    case 2: return {-c, -s};
    default: return {s, -c};
  }
}

// The angle of (c, s), radians in [-pi, pi]; error about 1e-7, plenty for units of 2 pi / 256.
inline double angle_of(double c, double s) {
  const double a = c < 0 ? -c : c, b = s < 0 ? -s : s;
  const bool steep = b > a;
  const double high = steep ? b : a, low = steep ? a : b;
  if (high == 0) return 0;
  // atan t = pi / 8 + atan u, so that |u| <= tan(pi / 8).
  constexpr double kTan = 0.41421356237309504880;
  const double u = (low - kTan * high) / (high + kTan * low), q = u * u;
  const double sum = 1 - q * (1.0 / 3 - q * (1.0 / 5 - q * (1.0 / 7 - q * (1.0 / 9 -
                     q * (1.0 / 11 - q * (1.0 / 13 - q * (1.0 / 15)))))));
  double angle = 0.39269908169872415481 + u * sum;
  if (steep) angle = 1.57079632679489661923 - angle;
  if (c < 0) angle = 3.14159265358979323846 - angle;
  return s < 0 ? -angle : angle;
}

// e^x for |x| < 700, error about 1e-15.
inline double steady_exp(double x) {
  const int64_t whole = nearest(x * 1.44269504088896340736);
  const double k = static_cast<double>(whole);
  const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  const double q = r * r;   // even and odd terms apart: two short chains instead of a long one
  const double even = 1 + q * (1.0 / 2 + q * (1.0 / 24 + q * (1.0 / 720 + q * (1.0 / 40320 +
                      q * (1.0 / 3628800 + q * (1.0 / 479001600.0))))));
  const double odd = 1 + q * (1.0 / 6 + q * (1.0 / 120 + q * (1.0 / 5040 + q * (1.0 / 362880 +
                     q * (1.0 / 39916800 + q * (1.0 / 6227020800.0))))));
  const uint64_t bits = static_cast<uint64_t>(whole + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return (even + r * odd) * power;
}

}  // namespace tenprint::synth
