// Two looks at a pair of templates, the same on every instruction set: elementwise IEEE float32 in
// a fixed order, 16 lanes at a time, no contraction.
#pragma once

#include "match/prepared.h"

namespace tenprint::match {

constexpr int kSeeds = 24;          // most pairs an alignment starts from
constexpr int kCandidates = 4096;   // most minutia pairs weighed in one extension pass

struct Correspondence {
  int probe, candidate;             // positions in the sorted templates
  float cost;                       // lower is matched first
  float distance2;                  // squared pixels after alignment
  float angle;                      // units of 2 pi / 256
  float similarity;                 // of the local descriptors, 0..1
  float probe_weight, candidate_weight;   // inside the common area, else 0
};

// Everything one comparison needs; one a thread, never allocated in the kernels.
struct alignas(64) Workspace {
  float compatible[kPairs][kPairs];
  float strength[kPairs], vote[kPairs];
  int probe[kPairs], candidate[kPairs];
  int rotation[kPairs];
  int pairs;                        // how many of the above are in use
  float eigenvalue;                 // how much consistent agreement the local pairs have
  float typical;                    // mean similarity of the rows' best pairs
  alignas(64) float predicted_x[kMaxBlocks * kLanes];
  alignas(64) float predicted_y[kMaxBlocks * kLanes];
  Correspondence pool[kCandidates];
  Correspondence matched[kMaxMinutiae];
  Edge edges[kMaxMinutiae], own_edges[kMaxMinutiae];
};

// What the second look found, before any weighting.
struct Evidence {
  int matched = 0;                  // corresponding minutiae; 0: no alignment was found
  double agreement = 0;             // mean compatible strength among the seeds
  double distance = 0;              // root mean square residual, pixels
  double angle = 0;                 // root mean square direction residual, units of 2 pi / 256
  double similarity = 0;            // mean descriptor similarity
  double probe_overlap = 0, probe_matched = 0;          // weight inside the common area, matched
  double candidate_overlap = 0, candidate_matched = 0;
  double cosine = 1, sine = 0, dx = 0, dy = 0;          // probe -> candidate, image coordinates
};

// The descriptors and the two looks of one instruction set.
struct Kernel {
  // Fills the descriptors of the blocks of a template, which hold everything else.
  void (*describe)(int count, Block* blocks);
  // Fills pairs, votes, the eigenvalue and the typical similarity.
  void (*agree)(const Prepared& probe, const Prepared& candidate, Workspace& work);
  // Aligns from the votes of `agree`; fills `matched`.
  Evidence (*align)(const Prepared& probe, const Prepared& candidate, Workspace& work);
};

extern const Kernel kPortable;
extern const Kernel kAvx2;
extern const Kernel kAvx512;

// The kernel of the instruction set in force.
const Kernel& kernel();

}  // namespace tenprint::match
