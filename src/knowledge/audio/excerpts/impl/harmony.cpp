#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "knowledge/audio/excerpts/impl/series.h"
#include "knowledge/audio/excerpts/impl/stretch.h"

// Harmony of an excerpt without its key: everything here stays the same when all is transposed.
namespace mla::audio::impl {
namespace {

constexpr std::size_t kClasses = PitchEnvelope::kClasses;
constexpr std::size_t kRowsAStep = 2;  // steps of about .19 s
using Chroma = std::array<double, kClasses>;

void add(Columns& out, double value) { out.push_back(static_cast<float>(value)); }

template <class Member>
std::vector<Chroma> steps(std::span<const PitchEnvelope::Row> rows, Member member) {
  std::vector<Chroma> result;
  for (std::size_t begin = 0; begin + kRowsAStep <= rows.size(); begin += kRowsAStep) {
    Chroma sum{};
    for (const PitchEnvelope::Row& row : rows.subspan(begin, kRowsAStep)) {
      for (std::size_t c = 0; c < kClasses; ++c) sum[c] += (row.*member)[c] / 255.0 / kRowsAStep;
    }
    result.push_back(sum);
  }
  return result;
}

double length(const Chroma& chroma) {
  double sum = 0;
  for (const double value : chroma) sum += value * value;
  return std::sqrt(sum);
}

// Σ a[c] b[c + shift]
double alike(const Chroma& a, const Chroma& b, std::size_t shift) {
  double sum = 0;
  for (std::size_t c = 0; c < kClasses; ++c) sum += a[c] * b[(c + shift) % kClasses];
  return sum;
}

Chroma scaled(Chroma chroma, double by) {
  for (double& value : chroma) value *= by;
  return chroma;
}

// Magnitudes of the discrete Fourier transform over the pitch classes, order 1 … 6: how chromatic, whole-tone,
// diminished, augmented, diatonic and so on a set of pitches is (Quinn 2006).
std::array<double, 6> qualities(const Chroma& chroma) {
  struct Turn {
    double cosine, sine;
  };
  static const auto turns = [] {  // of order k + 1 and class c
    std::array<std::array<Turn, kClasses>, 6> all{};
    for (std::size_t k = 0; k < all.size(); ++k) {
      for (std::size_t c = 0; c < kClasses; ++c) {
        const double angle = 2 * std::numbers::pi * static_cast<double>((k + 1) * c) / kClasses;
        all[k][c] = {std::cos(angle), std::sin(angle)};
      }
    }
    return all;
  }();
  std::array<double, 6> result{};
  for (std::size_t k = 0; k < result.size(); ++k) {
    double re = 0, im = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      re += chroma[c] * turns[k][c].cosine;
      im += chroma[c] * turns[k][c].sine;
    }
    result[k] = std::hypot(re, im);
  }
  return result;
}

// How near the mean chroma comes to a major and to a minor key (Krumhansl & Kessler 1982): the best correlation over
// the twelve tonics.
std::array<double, 2> key_fit(const Chroma& chroma) {
  constexpr std::array<std::array<float, kClasses>, 2> kProfiles = {
      {{6.35F, 2.23F, 3.48F, 2.33F, 4.38F, 4.09F, 2.52F, 5.19F, 2.39F, 3.66F, 2.29F, 2.88F},
       {6.33F, 2.68F, 3.52F, 5.38F, 2.60F, 3.53F, 2.54F, 4.75F, 3.98F, 2.69F, 3.34F, 3.17F}}};
  std::array<double, 2> best = {-1, -1};
  for (std::size_t mode = 0; mode < 2; ++mode) {
    for (std::size_t tonic = 0; tonic < kClasses; ++tonic) {
      std::array<float, kClasses> turned;
      for (std::size_t c = 0; c < kClasses; ++c) turned[c] = static_cast<float>(chroma[(c + tonic) % kClasses]);
      best[mode] = std::max(best[mode], correlation(turned, kProfiles[mode]));
    }
  }
  return best;
}

// Intervals that sound together, evenness, change and return of the chroma of one register.
void add_register(const std::vector<Chroma>& chroma, Columns& out) {
  constexpr std::array<std::size_t, 6> kLags = {1, 2, 4, 8, 16, 32};  // steps
  constexpr std::size_t kMotionLag = 4;
  const auto count = static_cast<double>(std::max<std::size_t>(chroma.size(), 1));
  std::vector<Chroma> unit, share;
  Chroma mean_chroma{};
  std::vector<float> entropies, changes;
  std::array<double, 6> intervals{}, kinds{};
  for (const Chroma& one : chroma) {
    double sum = 1e-9;
    for (const double value : one) sum += value;
    unit.push_back(scaled(one, 1 / (length(one) + 1e-9)));
    share.push_back(scaled(one, 1 / sum));
    double entropy = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      mean_chroma[c] += one[c] / count;
      entropy -= share.back()[c] * std::log(share.back()[c] + 1e-9);
    }
    entropies.push_back(static_cast<float>(entropy));
    for (std::size_t k = 1; k <= 6; ++k) intervals[k - 1] += alike(unit.back(), unit.back(), k) / count;
    const auto kind = qualities(share.back());
    for (std::size_t k = 0; k < 6; ++k) kinds[k] += kind[k] / count;
    if (unit.size() > 1) {
      const Chroma& before = unit[unit.size() - 2];
      double away = 0;
      for (std::size_t c = 0; c < kClasses; ++c) away += std::pow(unit.back()[c] - before[c], 2);
      changes.push_back(static_cast<float>(std::sqrt(away)));
    }
  }
  for (const double value : intervals) add(out, value);
  for (const double value : kinds) add(out, value);
  add(out, mean(entropies));
  add(out, deviation(entropies));
  add(out, mean(changes));
  add(out, deviation(changes));
  double total = 1e-9;
  for (const double value : mean_chroma) total += value;
  const Chroma whole = scaled(mean_chroma, 1 / total);
  for (const double value : qualities(whole)) add(out, value);
  Chroma sorted = whole;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  for (const double value : sorted) add(out, value);
  for (const std::size_t lag : kLags) {
    double sum = 0;
    for (std::size_t i = lag; i < unit.size(); ++i) sum += alike(unit[i], unit[i - lag], 0);
    add(out, unit.size() > lag ? sum / static_cast<double>(unit.size() - lag) : 0);
  }
  for (std::size_t interval = 0; interval < kClasses; ++interval) {
    double sum = 0;
    for (std::size_t i = kMotionLag; i < unit.size(); ++i) sum += alike(unit[i], unit[i - kMotionLag], interval);
    add(out, unit.size() > kMotionLag ? sum / static_cast<double>(unit.size() - kMotionLag) : 0);
  }
  const auto [major, minor] = key_fit(mean_chroma);
  add(out, major);
  add(out, minor);
  add(out, major - minor);
}

}  // namespace

void add_harmony(const Stretch& stretch, Columns& out) {
  add_register(steps(stretch.pitches, &PitchEnvelope::Row::treble), out);
}

void add_bass_harmony(const Stretch& stretch, Columns& out) {
  add_register(steps(stretch.pitches, &PitchEnvelope::Row::bass), out);
}

}  // namespace mla::audio::impl
