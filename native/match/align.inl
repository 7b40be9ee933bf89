// The second look: from the votes to an alignment, then to every corresponding minutia.

constexpr float kFirstReach2 = 22.0f * 22.0f, kReach2 = 16.0f * 16.0f;   // squared pixels
constexpr float kFirstTurn = 24.0f, kTurnReach = 20.0f;                  // units of 2 pi / 256
constexpr float kSmooth = 1.0f / (4.0f * 60.0f * 60.0f);  // residuals are shared over about 60 px
constexpr float kStiffness = 0.3f;   // weight of "no residual" against the neighbours' residuals
constexpr double kArm2 = 400.0;      // how much a direction says about rotation, squared pixels
constexpr float kHullMargin = 8.0f;  // pixels beyond the hull that still count as common area

struct Motion {
  double cosine, sine, dx, dy;
  int turn;   // the rotation in angle units
};

inline float coordinate(const Prepared& t, int k, bool y) {
  const Block& block = t.data()[k / kLanes];
  return y ? block.y[k % kLanes] : block.x[k % kLanes];
}

// The pairs with most votes that agree with each other, each minutia once; into work.matched.
int seeds(Workspace& work, double& agreement) {
  int order[kPairs], chosen[kSeeds], count = 0;
  for (int p = 0; p < work.pairs; ++p) order[p] = p;
  std::sort(order, order + work.pairs, [&](int p, int q) {
    return work.vote[p] > work.vote[q] || (work.vote[p] == work.vote[q] && p < q);
  });
  for (int k = 0; k < work.pairs && count < kSeeds; ++k) {
    const int p = order[k];
    if (work.vote[p] <= 1e-4f * work.vote[order[0]]) break;
    int support = 0;
    bool taken = false;
    for (int c = 0; c < count; ++c) {
      taken |= work.candidate[chosen[c]] == work.candidate[p];
      support += work.compatible[p][chosen[c]] > 0;
    }
    if (taken || 2 * support < count) continue;
    chosen[count] = p;
    work.matched[count++] = {work.probe[p], work.candidate[p], 0, 0, 0, 0, 0, 0};
  }
  double sum = 0;
  for (int p = 0; p < count; ++p)
    for (int q = 0; q < count; ++q)
      sum += static_cast<double>(work.compatible[chosen[p]][chosen[q]]) *
             work.strength[chosen[p]] * work.strength[chosen[q]];
  agreement = count ? sum / count : 0;
  return count;
}

// The rigid motion that fits the matched minutiae best (least squares, directions included).
Motion fit(const Prepared& probe, const Prepared& candidate, const Workspace& work, int count) {
  double ax = 0, ay = 0, bx = 0, by = 0, c = 0, s = 0;
  for (int k = 0; k < count; ++k) {
    ax += coordinate(probe, work.matched[k].probe, false);
    ay += coordinate(probe, work.matched[k].probe, true);
    bx += coordinate(candidate, work.matched[k].candidate, false);
    by += coordinate(candidate, work.matched[k].candidate, true);
  }
  ax /= count, ay /= count, bx /= count, by /= count;
  for (int k = 0; k < count; ++k) {
    const int i = work.matched[k].probe, j = work.matched[k].candidate;
    const double px = coordinate(probe, i, false) - ax, py = coordinate(probe, i, true) - ay;
    const double qx = coordinate(candidate, j, false) - bx, qy = coordinate(candidate, j, true) - by;
    c += px * qx + py * qy;
    s += px * qy - py * qx;
    const int turn = (candidate.data()[j / kLanes].angle[j % kLanes] -
                      probe.data()[i / kLanes].angle[i % kLanes]) & (kTurn - 1);
    c += kArm2 * kCos[turn];
    s -= kArm2 * kSin[turn];
  }
  const double length = std::sqrt(c * c + s * s);
  Motion motion{1, 0, 0, 0, 0};
  if (length > 0) motion.cosine = c / length, motion.sine = s / length;
  motion.dx = bx - (motion.cosine * ax - motion.sine * ay);
  motion.dy = by - (motion.sine * ax + motion.cosine * ay);
  double best = -2;
  for (int u = 0; u < kTurn; ++u) {
    const double along = motion.cosine * kCos[u] - motion.sine * kSin[u];
    if (along > best) best = along, motion.turn = u;
  }
  return motion;
}

// Where each probe minutia should lie on the candidate: the motion, then the residuals of the
// matched minutiae nearby (skin stretches, so they vary slowly over the finger).
void predict(const Prepared& probe, const Prepared& candidate, const Motion& motion, int count,
             Workspace& work) {
  const float c = static_cast<float>(motion.cosine), s = static_cast<float>(motion.sine);
  const float tx = static_cast<float>(motion.dx), ty = static_cast<float>(motion.dy);
  for (int at = 0; at < probe.blocks() * kLanes; at += kWide) {
    const Block& own = probe.data()[at / kLanes];
    const vf x = load(own.x + at % kLanes), y = load(own.y + at % kLanes);
    vf sum_x = {}, sum_y = {}, sum = splat(kStiffness);
    for (int k = 0; k < count; ++k) {
      const int i = work.matched[k].probe, j = work.matched[k].candidate;
      const float ix = coordinate(probe, i, false), iy = coordinate(probe, i, true);
      const float rx = coordinate(candidate, j, false) - (c * ix - s * iy + tx);
      const float ry = coordinate(candidate, j, true) - (s * ix + c * iy + ty);
      const vf dx = x - ix, dy = y - iy;
      const vf r = 1.0f / (1.0f + (dx * dx + dy * dy) * kSmooth);
      const vf g = (lanes() + at) == i ? vf{} : r * r;
      sum_x += g * rx;
      sum_y += g * ry;
      sum += g;
    }
    store(work.predicted_x + at, c * x - s * y + tx + sum_x / sum);
    store(work.predicted_y + at, s * x + c * y + ty + sum_y / sum);
  }
}

// Pairs within reach, the cheapest first, each minutia once; into work.matched.
int extend(const Prepared& probe, const Prepared& candidate, const Motion& motion, float reach2,
           float reach_turn, Workspace& work) {
  int pool = 0;
  for (int i = 0; i < probe.count(); ++i) {
    const Block& own = probe.data()[i / kLanes];
    const int angle = (own.angle[i % kLanes] + motion.turn) & (kTurn - 1);
    for (int at = 0; at < candidate.blocks() * kLanes; at += kWide) {
      if (!in_reach(candidate, at / kLanes, angle, static_cast<int>(reach_turn))) {
        at += kLanes - kWide;   // on to the next block
        continue;
      }
      const Block& block = candidate.data()[at / kLanes];
      const int from = at % kLanes;
      const vf dx = load(block.x + from) - work.predicted_x[i];
      const vf dy = load(block.y + from) - work.predicted_y[i];
      const vf distance2 = dx * dx + dy * dy;
      const vi away = (load(block.angle + from) - angle) & (kTurn - 1);
      const vi turn = away > 128 ? kTurn - away : away;
      const vi near = (distance2 <= reach2) & (__builtin_convertvector(turn, vf) <= reach_turn) &
                      (load(block.weight + from) > 0.0f);
      if (highest(near & 1) == 0) continue;
      for (int l = 0; l < kWide && pool < kCandidates; ++l) {
        if (!near[l]) continue;
        const float t = static_cast<float>(turn[l]);
        const float alike = similarity(own, i % kLanes, block, from + l);
        const float cost = distance2[l] / reach2 + t * t / (reach_turn * reach_turn) - alike;
        work.pool[pool++] = {i, at + l, cost, distance2[l], t, alike, 0, 0};
      }
    }
  }
  std::sort(work.pool, work.pool + pool, [](const Correspondence& p, const Correspondence& q) {
    if (p.cost != q.cost) return p.cost < q.cost;
    return p.probe < q.probe || (p.probe == q.probe && p.candidate < q.candidate);
  });
  bool probe_used[kMaxBlocks * kLanes] = {}, candidate_used[kMaxBlocks * kLanes] = {};
  int count = 0;
  for (int k = 0; k < pool; ++k) {
    const Correspondence& c = work.pool[k];
    if (probe_used[c.probe] || candidate_used[c.candidate]) continue;
    probe_used[c.probe] = candidate_used[c.candidate] = true;
    work.matched[count++] = c;
  }
  return count;
}

// The weight of each minutia of one side that lies in the other side's hull, 0 of the others;
// returns their sum.
double overlap(const float* x, const float* y, const Prepared& own, const Edge* edges,
               int edge_count, float* inside) {
  double sum = 0;
  for (int k = 0; k < own.blocks() * kLanes; ++k) inside[k] = 0;
  if (edge_count < 3) return sum;
  for (int at = 0; at < own.blocks() * kLanes; at += kWide) {
    const vf vx = load(x + at), vy = load(y + at);
    vf margin = splat(1e9f);
    for (int e = 0; e < edge_count; ++e) {
      const vf m = edges[e].nx * vx + edges[e].ny * vy + edges[e].c;
      margin = m < margin ? m : margin;
    }
    const Block& block = own.data()[at / kLanes];
    for (int l = 0; l < kWide; ++l) {
      if (margin[l] < -kHullMargin) continue;
      inside[at + l] = block.weight[at % kLanes + l];
      sum += inside[at + l];
    }
  }
  return sum;
}

Evidence align(const Prepared& probe, const Prepared& candidate, Workspace& work) {
  Evidence found;
  int count = seeds(work, found.agreement);
  if (count < 2) return found;
  Motion motion{};
  for (int pass = 0; pass < 3; ++pass) {
    motion = fit(probe, candidate, work, count);
    predict(probe, candidate, motion, count, work);
    count = pass ? extend(probe, candidate, motion, kReach2, kTurnReach, work)
                 : extend(probe, candidate, motion, kFirstReach2, kFirstTurn, work);
    if (count < 2) return found;
  }
  found.matched = count;
  found.cosine = motion.cosine, found.sine = motion.sine;
  found.dx = motion.dx, found.dy = motion.dy;
  for (int k = 0; k < count; ++k) {
    const Correspondence& c = work.matched[k];
    found.distance += c.distance2;
    found.angle += static_cast<double>(c.angle) * c.angle;
    found.similarity += c.similarity;
  }
  found.distance = std::sqrt(found.distance / count);
  found.angle = std::sqrt(found.angle / count);
  found.similarity /= count;

  alignas(64) float x[kMaxBlocks * kLanes], y[kMaxBlocks * kLanes];
  for (int b = 0; b < candidate.blocks(); ++b) {
    __builtin_memcpy(x + b * kLanes, candidate.data()[b].x, sizeof(float) * kLanes);
    __builtin_memcpy(y + b * kLanes, candidate.data()[b].y, sizeof(float) * kLanes);
  }
  float probe_inside[kMaxBlocks * kLanes], candidate_inside[kMaxBlocks * kLanes];
  const Edge* edges = candidate.edges();
  int edge_count = candidate.edge_count();
  if (!candidate.has_hull()) {
    edges = work.own_edges;
    edge_count = hull_edges(x, y, candidate.count(), work.own_edges, kMaxMinutiae);
  }
  found.probe_overlap = overlap(work.predicted_x, work.predicted_y, probe, edges, edge_count,
                                probe_inside);
  const int sides =
      hull_edges(work.predicted_x, work.predicted_y, probe.count(), work.edges, kMaxMinutiae);
  found.candidate_overlap = overlap(x, y, candidate, work.edges, sides, candidate_inside);
  for (int k = 0; k < count; ++k) {
    Correspondence& c = work.matched[k];
    c.probe_weight = probe_inside[c.probe];
    c.candidate_weight = candidate_inside[c.candidate];
    found.probe_matched += c.probe_weight;
    found.candidate_matched += c.candidate_weight;
  }
  return found;
}
