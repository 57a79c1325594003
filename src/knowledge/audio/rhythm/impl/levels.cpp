#include "knowledge/audio/rhythm/impl/levels.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "knowledge/audio/rhythm/impl/beat_track.h"
#include "knowledge/audio/rhythm/impl/level_model.h"

namespace mla::audio::rhythm {

namespace {

constexpr std::array<double, 8> kRatios = {0.25, 1.0 / 3.0, 0.5, 2.0 / 3.0, 1.0, 2.0, 3.0, 4.0};
constexpr double kSlowest = 40.0;  // BPM
constexpr double kFastest = 240.0;

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

// Mean of `signal` at a part of each interval of beats, from 0 (the beats) to 1.
double mean_at(const Signal& signal, const std::vector<double>& beats, double part) {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < beats.size(); ++i)
    sum += strength(signal, beats[i] + (part * (beats[i + 1] - beats[i])));
  return beats.size() < 2 ? 0.0 : sum / static_cast<double>(beats.size() - 1);
}

// How much stronger `signal` is at beats than half an interval later, of −1 to 1.
double contrast(const Signal& signal, const std::vector<double>& beats, double part) {
  const double on = mean_at(signal, beats, 0.0);
  const double off = mean_at(signal, beats, part);
  return (on - off) / (on + off + 0.1);
}

// How much every second beat is stronger than the others, of 0 to 1; by stretches of 16 beats, since a bar of three or
// five in between turns the parity.
double alternation(const Signal& signal, const std::vector<double>& beats) {
  constexpr std::size_t kStretch = 16;
  double difference = 0.0;
  double sum = 0.1;
  for (std::size_t start = 0; start + kStretch <= beats.size(); start += kStretch) {
    double even = 0.0;
    double odd = 0.0;
    for (std::size_t i = start; i < start + kStretch; ++i) (i % 2 == 0 ? even : odd) += strength(signal, beats[i]);
    difference += std::abs(even - odd);
    sum += even + odd;
  }
  return difference / sum;
}

// Whether the sounds at beats are all alike, with nothing between them: a metronome without accents.
bool bare(const Signals& signals, const std::vector<double>& beats) {
  constexpr double kAlike = 0.25;    // of the median
  constexpr double kNothing = 0.15;  // likewise
  constexpr double kNearlyAll = 0.9;
  std::vector<double> on;
  std::vector<double> between;
  for (std::size_t i = 0; i + 1 < beats.size(); ++i) {
    on.push_back(strength(signals.onset, beats[i]));
    between.push_back(strength(signals.onset, 0.5 * (beats[i] + beats[i + 1])));
  }
  const double typical = median(on);
  const auto alike =
      std::count_if(on.begin(), on.end(), [&](double s) { return std::abs(s - typical) <= kAlike * typical; });
  return typical > 0.0 && static_cast<double>(alike) >= kNearlyAll * static_cast<double>(on.size()) &&
         median(between) < kNothing * typical;
}

double onsets_a_second(const Signal& onset) {
  std::size_t count = 0;
  for (std::size_t i = 2; i + 2 < onset.size(); ++i) {
    const float here = onset[i];
    if (here > 0.5F && here >= onset[i - 1] && here > onset[i + 1] && here > onset[i - 2] && here > onset[i + 2])
      ++count;
  }
  return static_cast<double>(count) * OnsetEnvelope::kFrameRate /
         static_cast<double>(std::max<std::size_t>(1, onset.size()));
}

// How the signals repeat after parts and multiples of a beat, asked for all levels at once.
class Repetition {
 public:
  static constexpr std::array kOnsetParts = {0.25, 1.0 / 3.0, 0.5, 1.0, 2.0, 3.0, 4.0};
  static constexpr std::array kBassParts = {0.5, 1.0, 2.0, 4.0};
  static constexpr std::array kHarmonyParts = {0.5, 1.0, 2.0, 4.0, 8.0};

  Repetition(const Tempogram& tempogram, const std::vector<double>& periods, const std::vector<double>& level_ratios)
      : onset_(tempogram.mean_onset(periods, products(level_ratios, kOnsetParts))),
        bass_(tempogram.mean_bass(periods, products(level_ratios, kBassParts))),
        harmony_(tempogram.mean_harmony(periods, products(level_ratios, kHarmonyParts))) {}

  std::span<const double> onset(std::size_t level) const { return of(level, onset_, kOnsetParts.size()); }
  std::span<const double> bass(std::size_t level) const { return of(level, bass_, kBassParts.size()); }
  std::span<const double> harmony(std::size_t level) const { return of(level, harmony_, kHarmonyParts.size()); }

 private:
  static std::vector<double> products(const std::vector<double>& ratios, std::span<const double> parts) {
    std::vector<double> all;
    for (const double ratio : ratios)
      for (const double part : parts) all.push_back(ratio * part);
    return all;
  }
  static std::span<const double> of(std::size_t level, std::span<const double> means, std::size_t parts) {
    return means.subspan(level * parts, parts);
  }

  std::vector<double> onset_;
  std::vector<double> bass_;
  std::vector<double> harmony_;
};

void describe(Level& level, const Signals& signals, const Repetition& repetition, std::size_t number) {
  auto next = level.features.begin();
  const auto add = [&](double value) { *next++ = value; };
  // 0–4: the tempo itself.
  const double octaves = std::log2(level.tempo / 85.0);
  add(octaves);
  add(octaves * octaves);
  add(std::max(0.0, octaves - 0.5));
  add(std::max(0.0, -0.4 - octaves));
  add(std::log2(60.0 * onsets_a_second(signals.onset) / level.tempo));
  // 5–11: how onsets repeat after parts and multiples of a beat; 12–15 low sounds, 16–20 changes of harmony.
  for (const double mean : repetition.onset(number)) add(mean);
  for (const double mean : repetition.bass(number)) add(mean);
  for (const double mean : repetition.harmony(number)) add(mean);
  // 21–32: what happens at beats, between them and at every second one.
  for (const auto* signal : {&signals.onset, &signals.bass, &signals.harmony}) {
    add(contrast(*signal, level.beats, 0.5));
    add(contrast(*signal, level.beats, 0.25));
    add(alternation(*signal, level.beats));
    add(mean_at(*signal, level.beats, 0.0));
  }
}

}  // namespace

double tempo_of(const std::vector<double>& beats) {
  if (beats.size() < 2) return 0.0;
  const std::size_t span = std::min<std::size_t>(16, std::max<std::size_t>(1, beats.size() / 4));
  std::vector<double> intervals;
  for (std::size_t i = 0; i + span < beats.size(); ++i)
    intervals.push_back((beats[i + span] - beats[i]) / static_cast<double>(span));
  return 60.0 / median(std::move(intervals));
}

std::vector<Level> weigh_levels(const Signals& signals, const Tempogram& tempogram,
                                const std::vector<double>& periods) {
  std::vector<double> ratios;
  const double period = median(periods);
  for (const double ratio : kRatios) {
    const double tempo = 60.0 * OnsetEnvelope::kFrameRate / (period * ratio);
    if (tempo >= kSlowest && tempo <= kFastest) ratios.push_back(ratio);
  }
  const Repetition repetition(tempogram, periods, ratios);
  std::vector<Level> levels;
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    Level level;
    level.ratio = ratios[i];
    level.beats = track_beats(signals, tempogram, periods, level.ratio);
    if (level.beats.size() < 4) continue;
    level.tempo = OnsetEnvelope::kFrameRate * tempo_of(level.beats);
    describe(level, signals, repetition, i);
    levels.push_back(std::move(level));
  }
  // Nothing says that a level above a bare pulse exists.
  const auto pulse = std::find_if(levels.begin(), levels.end(), [&](const Level& l) { return bare(signals, l.beats); });
  if (pulse != levels.end())
    std::erase_if(levels, [tempo = pulse->tempo](const Level& level) { return level.tempo < 0.97 * tempo; });
  double total = 0.0;
  double top = -1e300;
  for (Level& level : levels) {
    for (std::size_t i = 0; i < Level::kFeatures; ++i) level.probability += kLevelWeights[i] * level.features[i];
    top = std::max(top, level.probability);
  }
  for (Level& level : levels) total += level.probability = std::exp(level.probability - top);
  for (Level& level : levels) level.probability /= total;
  std::stable_sort(levels.begin(), levels.end(),
                   [](const Level& a, const Level& b) { return a.probability > b.probability; });
  return levels;
}

}  // namespace mla::audio::rhythm
