// Templates of fictitious people without images: an orientation field and minutiae for each finger,
// then what one impression shows of them, written in the packed form of docs/formats.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenprint::synth {

// What all fingers of a population have in common. Lengths in pixels at 500 ppi, angles in radians.
struct Anatomy {
  double density;          // minutiae in a square millimetre where ridges run parallel
  double density_person;   // its standard deviation between people, a fraction
  double density_finger;   // and between fingers of a person
  double crowding;         // most that bending ridges raise the density, a factor
  double gap, soft_gap;    // two minutiae are `gap` to `gap + soft_gap` apart or more
  double pairing;          // share of close neighbours that are the two ends of a short ridge
  double polarity;         // 1: which way minutiae point follows the bending alone; more: rather
  double lean;             // their direction against the ridges', a standard deviation
  double wobble;           // slow irregularity of the ridges' direction
  double variety;          // 1: the spread of cores and deltas that the image maker has
  double person_share, pair_share;   // of the hidden intensity that decides the class
};

// How impressions of one kind are taken and seen. "bell" values are standard deviations.
struct Touch {
  double height, width, impression;                       // of the image; the record's code
  double contact_height, contact_width;
  double contact_person, contact_finger, contact_touch;   // spread of the extent, fractions
  double shift, offset, rotation, distortion;
  double clarity;                                         // mean of the minutiae's log odds
  double clarity_person, clarity_finger, clarity_touch;   // its spread
  double clarity_minutia, clarity_place, clarity_chance;
  double rim;                                             // how much is lost at the rim
  double spurious, spurious_clarity;                      // per square millimetre at mean clarity
  double jitter, jitter_angle;
};

// Percentiles of the hidden intensity, as its values, below which a finger has an arch, a tented
// arch, a radial loop, an ulnar loop; above the last a whorl.
struct Classes {
  double below[10][4];
};

constexpr int kMostMinutiae = 255;

struct Minutia {
  double x, y, cosine, sine;   // from the finger's centre, y up; direction of ISO/IEC 19794-2
  double clarity;              // how well it shows, mean 0, spread 1
  bool ending;
};

struct Seen {
  uint16_t x, y;
  uint8_t angle, quality, kind;
};

// std::invalid_argument where the numbers leave what the arithmetic is made for.
void check_population(const Anatomy& anatomy, const Touch& touch);

// Appends the records of people first .. first + count - 1, person by person and in each the
// `fingers` in their order, and the length of each record.
void populate(uint64_t seed, uint64_t first, int64_t count, uint64_t impression,
              const uint8_t* fingers, std::size_t finger_count, const Classes& classes,
              const Anatomy& anatomy, const Touch& touch, std::vector<uint8_t>& data,
              std::vector<int64_t>& lengths);

// Appends one record.
void write_record(const Touch& touch, uint8_t finger, const Seen* seen, int count,
                  std::vector<uint8_t>& data);

}  // namespace tenprint::synth
