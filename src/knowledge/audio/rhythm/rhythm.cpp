#include "knowledge/audio/rhythm/rhythm.h"

#include <algorithm>
#include <cmath>

#include "knowledge/audio/rhythm/impl/bars.h"
#include "knowledge/audio/rhythm/impl/levels.h"
#include "knowledge/audio/rhythm/impl/signals.h"
#include "knowledge/audio/rhythm/impl/tempogram.h"

namespace mla::audio {

namespace {

constexpr double kShortest = 2.0;  // seconds of sound in which a tempo can be heard

// How much has to repeat, so that noise has no tempo. By chance noise repeats up to .09 in one window of 12 s (18
// clips, white, pink and brown), by more in a shorter one, as the root of the length; in 20 windows, through which a
// path must lead, up to .06.
double least_clarity(const rhythm::Tempogram& tempogram, std::size_t windows) {
  constexpr double kOfManyWindows = 0.075;
  constexpr double kMoreInOne = 0.045;
  const double shortness =
      static_cast<double>(rhythm::Tempogram::kWindow) / static_cast<double>(tempogram.window_frames());
  return std::sqrt(shortness) * (kOfManyWindows + kMoreInOne / std::sqrt(static_cast<double>(windows)));
}

}  // namespace

Rhythm find_rhythm(const OnsetEnvelope& onsets, const PitchEnvelope& pitches) {
  Rhythm result;
  if (static_cast<double>(onsets.frames()) < kShortest * OnsetEnvelope::kFrameRate) return result;
  const rhythm::Signals signals = rhythm::make_signals(onsets, pitches);
  const rhythm::Tempogram tempogram(signals);
  const std::vector<double> periods = rhythm::pulse_path(tempogram);
  const double clarity = rhythm::clarity(tempogram, periods);
  std::vector<rhythm::Level> levels = rhythm::weigh_levels(signals, tempogram, periods);
  if (levels.empty() || clarity < least_clarity(tempogram, periods.size())) return result;

  const rhythm::Level& best = levels.front();
  result.tempo = best.tempo;
  result.confidence = best.probability;
  for (std::size_t i = 1; i < levels.size(); ++i)
    result.alternatives.push_back({levels[i].tempo, levels[i].probability});
  for (const double beat : best.beats)
    result.beats.push_back(std::max(0.0, (beat / OnsetEnvelope::kFrameRate) + rhythm::kOnsetDelay));
  for (std::size_t w = 0; w < periods.size(); ++w)
    result.tempo_curve.push_back({tempogram.centre(w) / OnsetEnvelope::kFrameRate,
                                  60.0 * OnsetEnvelope::kFrameRate / (periods[w] * best.ratio)});
  rhythm::Bars bars = rhythm::find_bars(signals, best.beats);
  result.downbeats = std::move(bars.downbeats);
  result.metre = bars.metre;
  return result;
}

std::vector<LevelFeatures> level_features(const OnsetEnvelope& onsets, const PitchEnvelope& pitches) {
  const rhythm::Signals signals = rhythm::make_signals(onsets, pitches);
  const rhythm::Tempogram tempogram(signals);
  std::vector<LevelFeatures> result;
  for (const rhythm::Level& level : rhythm::weigh_levels(signals, tempogram, rhythm::pulse_path(tempogram)))
    result.push_back({level.tempo, {level.features.begin(), level.features.end()}});
  return result;
}

}  // namespace mla::audio
