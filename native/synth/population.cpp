#include "synth/population.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "synth/population_flow.h"
#include "synth/steady.h"

namespace tenprint::synth {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSquareMillimetre = 387.5;   // pixels at 500 ppi
constexpr double kPeriod = 9.0;               // pixels from ridge to ridge
constexpr int kMostMaster = 400;
// Thumbs are broader, little fingers narrower (as in src/tenprint/synth/_person.py).
constexpr double kSize[5] = {1.06, 0.95, 0.99, 0.95, 0.83};

// Purposes of the keys below a person and below a finger.
enum : uint64_t { kClass = 1, kBody, kFinger = 16, kFlow = 1, kMaster, kFingerBody, kImpression = 16 };

// What a person's fingers share; "bell" values of mean 0 and standard deviation 1.
struct Person {
  uint64_t key;
  double intensity, pair[5];
  double clarity, contact, density, frame;

  Person(uint64_t seed, uint64_t number) : key(below(below(mix(seed), 0x706F70), number)) {
    Draws draws(below(key, kClass));
    intensity = draws.bell();
    for (double& p : pair) p = draws.bell();
    Draws body(below(key, kBody));
    clarity = body.bell(), contact = body.bell(), density = body.bell(), frame = body.bell();
  }
};

double factor(double spread, double bell) { return std::max(0.35, 1 + spread * bell); }

// Minutiae already placed, found by place.
class Cells {
 public:
  Cells() { first_.fill(-1); }
  void add(double x, double y, int index) {
    const int cell = at(column(x), row(y));
    next_[index] = first_[cell], first_[cell] = static_cast<int16_t>(index);
  }
  // The nearest of `placed` within kReach, or -1.
  template <typename Placed>
  int nearest(const Placed* placed, double x, double y, double& distance2) const {
    int best = -1;
    distance2 = kReach * kReach;
    const int left = column(x - kReach), right = column(x + kReach);
    const int bottom = row(y - kReach), top = row(y + kReach);
    for (int r = bottom; r <= top; ++r)
      for (int c = left; c <= right; ++c)
        for (int k = first_[at(c, r)]; k >= 0; k = next_[k]) {
          const double dx = placed[k].x - x, dy = placed[k].y - y, d2 = dx * dx + dy * dy;
          if (d2 < distance2) distance2 = d2, best = k;
        }
    return best;
  }

 private:
  static constexpr double kReach = 20.0, kSide = 40.0;   // a side is twice the reach: 1 to 4 cells
  static constexpr int kColumns = 18, kRows = 20;
  static int column(double x) {
    return std::clamp(static_cast<int>((x + 360) * (1 / kSide)), 0, kColumns - 1);
  }
  static int row(double y) {
    return std::clamp(static_cast<int>((y + 400) * (1 / kSide)), 0, kRows - 1);
  }
  static int at(int c, int r) { return r * kColumns + c; }
  std::array<int16_t, kColumns * kRows> first_;
  std::array<int16_t, kMostMaster> next_;
};

struct Finger {
  uint64_t key;
  double size, clarity, contact, density;   // size 1 is usual; the others as in Person
  Pattern pattern;

  Finger(const Person& person, int position, const Classes& classes, const Anatomy& anatomy)
      : key(below(person.key, kFinger + static_cast<uint64_t>(position))) {
    Draws draws(below(key, kFingerBody));
    const int kind = (position - 1) % 5;
    const double own = 1 - anatomy.person_share - anatomy.pair_share;
    const double hidden = std::sqrt(anatomy.person_share) * person.intensity +
                          std::sqrt(anatomy.pair_share) * person.pair[kind] +
                          std::sqrt(own) * draws.bell();
    const double* below_class = classes.below[position - 1];
    int at = 0;
    while (at < 4 && hidden >= below_class[at]) ++at;
    // Ulnar loops open towards the little finger: to the right in a print of the right hand.
    const Pattern radial = position <= 5 ? Pattern::kLeftLoop : Pattern::kRightLoop;
    const Pattern ulnar = position <= 5 ? Pattern::kRightLoop : Pattern::kLeftLoop;
    const Pattern order[5] = {Pattern::kArch, Pattern::kTentedArch, radial, ulnar, Pattern::kWhorl};
    pattern = order[at];
    size = kSize[kind] * (1 + 0.05 * person.frame) * (1 + 0.015 * draws.bell());
    size = std::clamp(size, 0.65, 1.12);
    clarity = draws.bell(), contact = draws.bell(), density = draws.bell();
  }
};

// Everything of one finger that all its impressions share.
struct Master {
  Flow flow;
  Cells cells;
  int count = 0;
  Minutia minutia[kMostMaster];

  Master(const Person& person, const Finger& finger, const Anatomy& anatomy)
      : flow(finger.pattern, below(finger.key, kFlow), anatomy) {
    Draws draws(below(finger.key, kMaster));
    const double base = anatomy.density / kSquareMillimetre *
                        factor(anatomy.density_person, person.density) *
                        factor(anatomy.density_finger, finger.density);
    const double most = base * anatomy.crowding;
    const double half_width = kHalfWidth * finger.size, half_height = kHalfHeight * finger.size;
    const int tries = static_cast<int>(4 * half_width * half_height * most);
    for (int k = 0; k < tries && count < kMostMaster; ++k) {
      const double u = 2 * draws.uniform() - 1, v = 2 * draws.uniform() - 1;
      const double lot = draws.uniform();
      if (u * u + v * v > 1) continue;
      place(draws, u * half_width, v * half_height, lot * most, base, most, anatomy);
    }
  }

 private:
  // One try: it becomes a minutia where ridges want one there and no other is too near.
  void place(Draws& draws, double x, double y, double lot, double base, double most,
             const Anatomy& anatomy) {
    double distance2;
    const int other = cells.nearest(minutia, x, y, distance2);
    const double gap = anatomy.gap + anatomy.soft_gap * draws.uniform();
    if (distance2 < gap * gap) return;
    const Ridge ridge = flow.at(x, y);
    // Where ridges spread along their way new ones must begin: the divergence of the direction over
    // the period counts the beginnings less the ends (Penrose 1979; Larkin and Fletcher 2007 call
    // them the flow's phase vortices).
    const double spread = (ridge.along.cosine * ridge.dy - ridge.along.sine * ridge.dx) / kPeriod;
    const double square = base * base + spread * spread;
    if (lot * lot >= square) return;
    const double density = std::min(std::sqrt(square), most);
    bool forth = (2 * draws.uniform() - 1) * density < anatomy.polarity * spread;
    if (other >= 0 && distance2 < 18 * 18 && draws.uniform() < anatomy.pairing)
      forth = minutia[other].cosine * ridge.along.cosine +
                  minutia[other].sine * ridge.along.sine < 0;
    // One in eight leans far: ridges are torn or join there.
    const double far = (draws.word() & 7) ? 1 : 5;
    const Turn off = turn_of(far * anatomy.lean * draws.bell());
    const double sign = forth ? 1 : -1;
    const double cosine = sign * (ridge.along.cosine * off.cosine - ridge.along.sine * off.sine);
    const double sine = sign * (ridge.along.cosine * off.sine + ridge.along.sine * off.cosine);
    const bool ending = draws.uniform() < 0.69;
    cells.add(x, y, count);
    minutia[count++] = {x, y, cosine, sine, draws.bell(), ending};
  }
};

// One impression: what of a finger touches, how it is drawn out, and what is seen of it.
class Impression {
 public:
  Impression(const Person& person, const Finger& finger, const Master& master, uint64_t number,
             const Touch& touch)
      : touch_(touch), master_(master), draws_(below(finger.key, kImpression + number)),
        // Own keys below the finger's, so that styles do not share their luck.
        strain_x_(draws_.word(), 64), strain_y_(draws_.word(), 64), place_(draws_.word(), 64) {
    const double extent = factor(touch.contact_person, person.contact) *
                          factor(touch.contact_finger, finger.contact) *
                          factor(touch.contact_touch, draws_.bell()) * finger.size;
    const double squat = 1 + 0.5 * touch.contact_touch * draws_.bell();
    half_width_ = 0.5 * touch.contact_width * extent * squat;
    half_height_ = 0.5 * touch.contact_height * extent / squat;
    inverse_width_ = 1 / half_width_, inverse_height_ = 1 / half_height_;
    const double careless = (draws_.word() & 15) ? 1 : 2.5;   // one in sixteen is badly placed
    centre_x_ = careless * touch.offset * draws_.bell();
    centre_y_ = 20 + 1.5 * careless * touch.offset * draws_.bell();
    image_x_ = 0.5 * touch.width + touch.shift * draws_.bell();
    image_y_ = 0.5 * touch.height + 1.5 * touch.shift * draws_.bell();
    turn_ = turn_of(touch.rotation * draws_.bell());
    drag_x_ = 7.0 * touch.distortion * draws_.bell();
    drag_y_ = 8.5 * touch.distortion * draws_.bell();
    twist_ = 0.04 * touch.distortion * draws_.bell();
    firm_x_ = 0.40 * half_width_ * (1 + 0.3 * draws_.bell());
    firm_y_ = 0.40 * half_height_ * (1 + 0.3 * draws_.bell());
    clarity_ = touch.clarity_person * person.clarity + touch.clarity_finger * finger.clarity +
               touch.clarity_touch * draws_.bell();
  }

  int see(Seen* seen) {
    for (int k = 0; k < master_.count && count_ < kMostMinutiae; ++k) {
      const Minutia& m = master_.minutia[k];
      // Drawn whether it touches or not: what one minutia is dealt does not hang on the others.
      const double chance = draws_.bell();
      const uint64_t small = draws_.word(), turned = draws_.word();
      double firm;
      if (!touches(m.x, m.y, firm)) continue;
      const double odds = touch_.clarity + clarity_ + touch_.clarity_minutia * m.clarity +
                          touch_.clarity_place * place_.at(m.x, m.y) +
                          touch_.clarity_chance * chance - touch_.rim * firm * firm;
      const bool ending = (small & 7) ? m.ending : !m.ending;
      Draws own(turned);
      add(seen, m.x, m.y, m.cosine, m.sine, odds, ending, own);
    }
    invent(seen);
    return count_;
  }

 private:
  // Whether the finger touches there; `rim`: 0 inside, 1 at the very rim.
  bool touches(double x, double y, double& rim) const {
    const double u = std::abs(x - centre_x_) * inverse_width_;
    const double v = (y - centre_y_) * inverse_height_;
    const double power = v > 0 ? u * u + v * v : u * u * u + v * v;
    rim = std::max(0.0, (power - 0.45) * (1 / 0.55));
    return power < 1;
  }

  void add(Seen* seen, double x, double y, double cosine, double sine, double odds, bool ending,
           Draws& own) {
    const int quality = static_cast<int>(97.5 / (1 + steady_exp(-odds)) + 0.5);
    if (quality < 30) return;   // the extractor's MIN_PROBABILITY
    // What shows badly is also placed badly.
    const double blur = 1 + 0.012 * (97 - quality);
    double vx = x - centre_x_, vy = y - centre_y_;
    const double ox = vx / firm_x_, oy = vy / firm_y_;
    const double t = std::clamp((std::sqrt(ox * ox + oy * oy) - 1) * (1 / 2.2), 0.0, 1.0);
    const double brake = t * t * (3 - 2 * t);
    const double slip_x = drag_x_ - twist_ * vy, slip_y = drag_y_ + twist_ * vx;
    vx += brake * slip_x + 1.2 * touch_.distortion * strain_x_.at(x, y);
    vy += brake * slip_y + 1.2 * touch_.distortion * strain_y_.at(x, y);
    const double jitter = touch_.jitter * blur;
    const double fx = image_x_ + turn_.cosine * vx - turn_.sine * vy + jitter * own.bell();
    const double fy = image_y_ - turn_.sine * vx - turn_.cosine * vy + jitter * own.bell();
    if (!(fx >= 4 && fy >= 4 && fx < touch_.width - 5 && fy < touch_.height - 5)) return;
    const double angle = angle_of(turn_.cosine * cosine - turn_.sine * sine,
                                  turn_.sine * cosine + turn_.cosine * sine) +
                         brake * twist_ + touch_.jitter_angle * blur * own.bell();
    const int64_t units = nearest(angle * (128 / kPi));
    seen[count_++] = {static_cast<uint16_t>(fx + 0.5), static_cast<uint16_t>(fy + 0.5),
                      static_cast<uint8_t>(units & 255), static_cast<uint8_t>(quality),
                      static_cast<uint8_t>(ending ? 1 : 2)};
  }

  // Minutiae that are not there: breaks, smudges and scratches along the ridges.
  void invent(Seen* seen) {
    const double area = kPi * half_width_ * half_height_ / kSquareMillimetre;
    const double mean = touch_.spurious * area * steady_exp(std::clamp(-0.5 * clarity_, -2.0, 2.0));
    const int wanted = static_cast<int>(mean + std::sqrt(mean) * draws_.bell() + 0.5);
    for (int k = 0; k < std::min(wanted, kMostMinutiae) && count_ < kMostMinutiae; ++k) {
      const double x = centre_x_ + half_width_ * (2 * draws_.uniform() - 1);
      const double y = centre_y_ + half_height_ * (2 * draws_.uniform() - 1);
      Draws own(draws_.word());
      double rim, distance2;
      if (!touches(x, y, rim)) continue;
      if (master_.cells.nearest(master_.minutia, x, y, distance2) >= 0 && distance2 < 100) continue;
      const Turn along = master_.flow.at(x, y).along;
      const double sign = own.uniform() < 0.5 ? -1 : 1;
      const double odds = touch_.spurious_clarity + 1.5 * own.bell() +
                          touch_.clarity_place * place_.at(x, y);
      const bool ending = own.uniform() < 0.8;
      add(seen, x, y, sign * along.cosine, sign * along.sine, odds, ending, own);
    }
  }

  const Touch& touch_;
  const Master& master_;
  Draws draws_;
  Surface strain_x_, strain_y_, place_;
  double half_width_, half_height_, inverse_width_, inverse_height_;
  double centre_x_, centre_y_, image_x_, image_y_;
  Turn turn_;
  double drag_x_, drag_y_, twist_, firm_x_, firm_y_, clarity_;
  int count_ = 0;
};

}  // namespace

void check_population(const Anatomy& a, const Touch& t) {
  const auto need = [](bool right, const char* what) {
    if (!right) throw std::invalid_argument(what);
  };
  need(a.density >= 0.01 && a.density <= 1 && a.crowding >= 1 && a.crowding <= 5, "density");
  need(a.person_share >= 0 && a.pair_share >= 0 && a.person_share + a.pair_share <= 1, "shares");
  need(t.width >= 64 && t.width <= 4095 && t.height >= 64 && t.height <= 4095, "extent");
  need(t.impression >= 0 && t.impression <= 255, "impression");
  need(t.contact_width >= 20 && t.contact_height >= 20, "contact");
  for (const double value : {t.contact_width, t.contact_height, t.contact_person, t.contact_finger,
                             t.contact_touch, t.shift, t.offset, t.rotation, t.distortion,
                             t.clarity, t.clarity_person, t.clarity_finger, t.clarity_touch,
                             t.clarity_minutia, t.clarity_place, t.clarity_chance, t.rim,
                             t.spurious, t.spurious_clarity, t.jitter, t.jitter_angle, a.wobble,
                             a.variety, a.polarity, a.lean, a.gap, a.soft_gap, a.density_person, a.density_finger})
    need(std::abs(value) <= 4096, "a number is too large");
  need(t.spurious >= 0 && t.spurious <= 10, "spurious");
}

void populate(uint64_t seed, uint64_t first, int64_t count, uint64_t impression,
              const uint8_t* fingers, std::size_t finger_count, const Classes& classes,
              const Anatomy& anatomy, const Touch& touch, std::vector<uint8_t>& data,
              std::vector<int64_t>& lengths) {
  Seen seen[kMostMinutiae];
  for (int64_t k = 0; k < count; ++k) {
    const Person person(seed, first + static_cast<uint64_t>(k));
    for (std::size_t f = 0; f < finger_count; ++f) {
      const Finger finger(person, fingers[f], classes, anatomy);
      const Master master(person, finger, anatomy);
      Impression print(person, finger, master, impression, touch);
      const std::size_t before = data.size();
      write_record(touch, fingers[f], seen, print.see(seen), data);
      lengths.push_back(static_cast<int64_t>(data.size() - before));
    }
  }
}

}  // namespace tenprint::synth
