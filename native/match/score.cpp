#include "match/score.h"

#include <algorithm>
#include <cmath>

namespace tenprint::match {

double steady_log(double value) {
  constexpr double kLog2 = 0.693147180559945309417;
  int exponent;
  double mantissa = std::frexp(value, &exponent);   // 0.5 .. 1
  if (mantissa < 0.70710678118654752440) mantissa *= 2, --exponent;
  const double t = (mantissa - 1) / (mantissa + 1), square = t * t;
  double sum = 0;
  for (int odd = 21; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return exponent * kLog2 + 2 * t * sum;
}

double Curve::at(double value) const {
  std::size_t k = 1;
  while (k + 1 < x.size() && value > x[k]) ++k;
  return y[k - 1] + (value - x[k - 1]) * ((y[k] - y[k - 1]) / (x[k] - x[k - 1]));
}

double Chance::standing(double value, const std::array<double, kBasis>& terms) const {
  double where = 0, width = 0;
  for (int k = 0; k < kBasis; ++k) where += location[k] * terms[k], width += spread[k] * terms[k];
  return (value - where) / std::max(width, least_spread);
}

std::array<double, kBasis> basis(int probe_count, int candidate_count, double typical,
                                 const Model& model) {
  const double a = steady_log(std::min(probe_count, candidate_count) + 1.0);
  const double b = steady_log(std::max(probe_count, candidate_count) + 1.0);
  return {1.0, a, b, a * a, b * b, a * b, std::min(typical, model.most_typical)};
}

std::array<double, kFeatures> features(const Evidence& e, double eigenvalue) {
  const double first = steady_log(std::max(eigenvalue, 0.01));
  if (e.matched == 0) return {first, 0.0, 14.0, 16.0, 0.0, 0.0};
  // Two minutiae of doubt keep a tiny overlap from looking complete.
  const double shared = e.probe_matched / (e.probe_overlap + 2.0) +
                        e.candidate_matched / (e.candidate_overlap + 2.0);
  return {first, std::sqrt(static_cast<double>(e.matched)), e.distance, e.angle, e.similarity, shared};
}

double score_of(const Evidence& evidence, double eigenvalue,
                const std::array<double, kBasis>& terms, const Model& model) {
  const auto parts = features(evidence, eigenvalue);
  double sum = 0;
  for (int k = 0; k < kFeatures; ++k) sum += model.weights[k] * parts[k];
  const double least = model.first_score.y.back();   // having passed the gate says this much
  const double score = model.second_score.at(model.second.standing(sum, terms));
  return std::max(score, least);
}

Result compare(const Prepared& probe, const Prepared& candidate, const Model& model,
               Workspace& work, bool always_second) {
  Result result;
  if (probe.count() < 2 || candidate.count() < 2) return result;
  const Kernel& look = kernel();
  look.agree(probe, candidate, work);
  result.eigenvalue = work.eigenvalue;
  result.typical = work.typical;
  const auto terms = basis(probe.count(), candidate.count(), result.typical, model);
  const double standing =
      model.first.standing(steady_log(std::max<double>(work.eigenvalue, 0.01)), terms);
  result.second = standing > model.gate;
  if (result.second || always_second) result.evidence = look.align(probe, candidate, work);
  if (!result.second) {
    const Curve& curve = model.first_score;
    result.score = std::min(std::max(curve.at(standing), 0.0), curve.y.back());
    return result;
  }
  result.score =
      std::min(score_of(result.evidence, result.eigenvalue, terms, model), model.ceiling);
  return result;
}

}  // namespace tenprint::match
