#include "knowledge/audio/tonality/tonality.h"

#include <algorithm>
#include <cmath>

#include "knowledge/audio/tonality/impl/chord_track.h"
#include "knowledge/audio/tonality/impl/key_model.h"

namespace mla::audio {

namespace {

constexpr std::array<std::string_view, 12> kMajorNames = {"C",  "Db", "D",  "Eb", "E",  "F",
                                                          "Gb", "G",  "Ab", "A",  "Bb", "B"};
constexpr std::array<std::string_view, 12> kMinorNames = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                          "F#", "G",  "G#", "A",  "Bb", "B"};
constexpr std::uint8_t kAudible = 80;  // −87 dB
constexpr double kLeastPitchedness = 0.1;
constexpr double kPresent = 0.03;  // of all strength: a pitch class that is there

}  // namespace

std::string Chord::name() const {
  if (root < 0) return "N";
  const auto at = static_cast<std::size_t>(root);
  return minor ? std::string(kMinorNames[at]) + "m" : std::string(kMajorNames[at]);
}

std::string Tonality::tonic_name() const {
  if (tonic < 0) return {};
  return std::string((minor ? kMinorNames : kMajorNames)[static_cast<std::size_t>(tonic)]);
}

std::string_view Tonality::mode_name() const {
  if (tonic < 0) return {};
  return minor ? "minor" : "major";
}

std::string Tonality::camelot() const {
  if (tonic < 0) return {};
  // C major is 8B; a fifth up is one further. A minor key stands with its relative major.
  const int major = minor ? (tonic + 3) % 12 : tonic;
  const int number = (((major * 7) + 7) % 12) + 1;
  return std::to_string(number) + (minor ? "A" : "B");
}

std::vector<double> key_features(const PitchEnvelope& pitches, const std::vector<Chord>& chords) {
  std::vector<double> result(kKeyFeatures, 0.0);
  double heard = 0.0;
  for (const auto& row : pitches.rows()) {
    double treble = 0.0;
    double bass = 0.0;
    for (std::size_t c = 0; c < 12; ++c) {
      treble += row.treble[c];
      bass += row.bass[c];
    }
    if (row.level < kAudible || treble <= 0.0) continue;
    heard += 1.0;
    for (std::size_t c = 0; c < 12; ++c) {
      result[c] += row.treble[c] / treble;
      if (bass > 0.0) result[12 + c] += row.bass[c] / bass;
    }
  }
  for (std::size_t i = 0; i < 24; ++i) result[i] /= std::max(1.0, heard);
  double seconds = 0.0;
  for (const Chord& chord : chords) {
    if (chord.root < 0) continue;
    const auto at = static_cast<std::size_t>((chord.minor ? 36 : 24) + chord.root);
    result[at] += chord.end - chord.start;
    seconds += chord.end - chord.start;
  }
  for (std::size_t i = 24; i < 48; ++i) result[i] /= std::max(1e-9, seconds);
  const auto last = std::find_if(chords.rbegin(), chords.rend(), [](const Chord& c) { return c.root >= 0; });
  if (last != chords.rend()) result[48 + static_cast<std::size_t>(last->root)] = 1.0;
  return result;
}

Tonality find_tonality(const PitchEnvelope& pitches, const std::vector<double>& beats) {
  Tonality result;
  std::vector<Chord> chords = tonality::track_chords(pitches, beats);
  const auto pitched = [](const Chord& chord) { return chord.root >= 0; };
  if (std::none_of(chords.begin(), chords.end(), pitched)) return result;
  const std::vector<double> features = key_features(pitches, chords);
  const auto present = std::count_if(features.begin(), features.begin() + 12, [](double f) { return f > kPresent; });
  if (pitches.pitchedness() < kLeastPitchedness) return result;
  result.tuning_cents = pitches.tuning_cents();
  result.chords = std::move(chords);
  // One or two notes are in no key.
  if (present < 3) return result;
  std::array<double, 24> scores{};
  for (std::size_t key = 0; key < 24; ++key) {
    const std::size_t tonic = key % 12;
    const auto& weights = key < 12 ? tonality::kMajorWeights : tonality::kMinorWeights;
    scores[key] = key < 12 ? 0.0 : tonality::kMinorBias;
    for (std::size_t i = 0; i < kKeyFeatures; ++i)
      scores[key] += weights[i] * features[((i / 12) * 12) + ((i + tonic) % 12)];
  }
  const auto best = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  double total = 0.0;
  for (const double score : scores) total += std::exp(score - scores[best]);
  result.tonic = static_cast<int>(best % 12);
  result.minor = best >= 12;
  result.confidence = 1.0 / total;
  return result;
}

}  // namespace mla::audio
