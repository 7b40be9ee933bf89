// From evidence to a calibrated score: minus log10 of the false-match rate.
#pragma once

#include <array>
#include <vector>

#include "match/kernel.h"

namespace tenprint::match {

constexpr int kFeatures = 6;   // see features() in score.cpp
constexpr int kBasis = 7;      // 1, a, b, a*a, b*b, a*b of the minutia counts' logarithms; typical similarity

// Non-decreasing piecewise linear function; straight on beyond its ends.
struct Curve {
  std::vector<double> x, y;
  double at(double value) const;
};

// What chance gives two templates of these sizes and this likeness of neighbourhoods: where a statistic lies and how far it spreads.
struct Chance {
  std::array<double, kBasis> location, spread;
  double least_spread = 0.1;
  // How far `value` stands out, in spreads.
  double standing(double value, const std::array<double, kBasis>& basis) const;
};

// The fitted numbers; match/model.json holds them, the match room checks them.
struct Model {
  Chance first;                            // of the eigenvalue's logarithm
  double gate = 0;                         // below this standing there is no second look
  Curve first_score;
  std::array<double, kFeatures> weights{};
  Chance second;                           // of the weighted features
  Curve second_score;
  double ceiling = 0;                      // no score is higher
  double most_typical = 1;                 // neighbourhoods more alike than strangers' ever are
};

// Natural logarithm from +, -, *, / alone: the same on every machine. `value` > 0.
double steady_log(double value);

struct Result {
  double score = 0;       // minus log10 FMR, 0 .. model.ceiling
  bool second = false;    // whether the second look was taken
  Evidence evidence;
  double eigenvalue = 0, typical = 0;
};

Result compare(const Prepared& probe, const Prepared& candidate, const Model& model,
               Workspace& work, bool always_second = false);

// The score that this evidence would have, ceiling or not; `terms` as basis() gives them for the templates.
double score_of(const Evidence& evidence, double eigenvalue,
                const std::array<double, kBasis>& terms, const Model& model);

// The weighted features' terms, in the order of the model's weights.
std::array<double, kFeatures> features(const Evidence& evidence, double eigenvalue);

// What `Chance` is told of a pair. Neighbourhoods more alike than strangers' are count as the most
// alike that strangers have: chance was never seen beyond, and a straight line drawn on from there
// would explain away a print compared with itself.
std::array<double, kBasis> basis(int probe_count, int candidate_count, double typical,
                                 const Model& model);

}  // namespace tenprint::match
