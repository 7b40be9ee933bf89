#include "names/dates.h"

#include <algorithm>
#include <cstdlib>

namespace tenprint::names {
namespace {

struct Day {
  int year, month, day;
  explicit Day(uint32_t packed)
      : year(static_cast<int>(packed / 10000)), month(static_cast<int>(packed / 100 % 100)),
        day(static_cast<int>(packed % 100)) {}
  bool whole() const { return month && day; }
};

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_of(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : kDays[month - 1];
}

// Days since the first of January of the year 1, as in the Gregorian calendar.
int number_of(const Day& d) {
  const int before = d.year - 1;
  int days = before * 365 + before / 4 - before / 100 + before / 400 + d.day;
  for (int month = 1; month < d.month; ++month) days += days_of(d.year, month);
  return days;
}

bool one_digit(int a, int b) {
  int differ = 0;
  for (int k = 0; k < 4; ++k, a /= 10, b /= 10) differ += a % 10 != b % 10;
  return differ == 1;
}

bool exists(uint32_t packed) {
  const Day d(packed);
  if (!d.whole()) return true;
  return d.year >= 1 && d.year <= 9999 && d.month <= 12 && d.day <= days_of(d.year, d.month);
}

bool next_to(const Day& a, const Day& b) {
  const bool real = a.month <= 12 && b.month <= 12;
  return real && std::abs(number_of(a) - number_of(b)) == 1;
}

double partial(const Day& a, const Day& b) {
  if (a.year == b.year) {
    if (!a.month || !b.month) return 0.85;
    return a.month == b.month ? 0.92 : 0.5;
  }
  return std::abs(a.year - b.year) == 1 ? 0.6 : 0.0;
}

double same_year(const Day& a, const Day& b) {
  if (a.month == b.day && a.day == b.month) return 0.92;
  if (a.month == b.month && std::abs(a.day - b.day) == 1) return 0.92;
  if (a.month == b.month && (one_digit(a.day, b.day) || a.day == b.day)) return 0.85;
  if (a.day == b.day) return 0.8;
  if (next_to(a, b)) return 0.85;
  const bool first = (a.month == 1 && a.day == 1) || (b.month == 1 && b.day == 1);
  if ((a.day == 1 || b.day == 1) && (a.month == b.month || first)) return 0.75;
  return a.month == b.month ? 0.6 : 0.45;
}

}  // namespace

double date_likeness(uint32_t one, uint32_t other) {
  if (one == other) return 1.0;
  const Day a(one), b(other);
  if (!a.whole() || !b.whole()) return partial(a, b);
  if (a.year == b.year) return same_year(a, b);
  const int apart = std::abs(a.year - b.year);
  if (a.month == b.month && a.day == b.day) {
    if (apart == 1) return 0.85;
    const int two = b.year % 100;
    if (one_digit(a.year, b.year) || a.year % 100 == two % 10 * 10 + two / 10) return 0.8;
    return 0.5;
  }
  if (apart == 1) {
    if (a.month == b.day && a.day == b.month) return 0.6;
    return next_to(a, b) ? 0.6 : 0.25;
  }
  return 0.0;
}

std::vector<std::pair<uint32_t, double>> near_dates(uint32_t packed) {
  const Day d(packed);
  const uint32_t year = packed / 10000 * 10000, month = packed / 100 % 100, day = packed % 100;
  std::vector<uint32_t> near{packed, year, year + month * 100};
  if (d.whole()) {
    for (uint32_t k = 1; k <= 31; ++k) near.push_back(year + month * 100 + k);
    for (uint32_t k = 1; k <= 12; ++k) near.push_back(year + k * 100 + day);
    if (day <= 12) near.push_back(year + day * 100 + month);
    near.push_back(year + 101);
    std::vector<int> years{d.year - 1, d.year + 1,
                           d.year / 100 * 100 + d.year % 10 * 10 + d.year / 10 % 10};
    for (int k = 0; k < 10; ++k) {
      years.push_back(d.year / 100 * 100 + k * 10 + d.year % 10);
      years.push_back(d.year / 10 * 10 + k);
    }
    for (const int each : years)
      if (each >= 1 && each <= 9999)
        near.push_back(static_cast<uint32_t>(each) * 10000 + month * 100 + day);
    // The day before the first of a month, and after the last.
    if (exists(packed)) {
      if (day == 1 && month > 1)
        near.push_back(year + (month - 1) * 100 +
                       static_cast<uint32_t>(days_of(d.year, d.month - 1)));
      if (day == 1 && month == 1 && year) near.push_back(year - 10000 + 1231);
      if (static_cast<int>(day) == days_of(d.year, d.month) && month < 12)
        near.push_back(year + (month + 1) * 100 + 1);
      if (day == 31 && month == 12) near.push_back(year + 10000 + 101);
    }
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::pair<uint32_t, double>> out;
  for (const uint32_t each : near) {
    if (!exists(each) || each > 99991231) continue;
    const double likeness = date_likeness(packed, each);
    if (likeness >= 0.5) out.emplace_back(each, likeness);
  }
  return out;
}

}  // namespace tenprint::names
