#include "knowledge/audio/audio_features/audio_features.h"

#include <algorithm>
#include <cmath>

#include "knowledge/audio/audio_features/impl/readings.h"

namespace mla::audio {
namespace {

// Where the autocorrelation of onsets says how regular the pulse is: the mean of its ten highest places, of all bands
// and of the lowest six. See add_pulse in excerpts/impl/movement.cpp.
constexpr std::size_t kPulse = 2, kLowPulse = 7 + 2;
constexpr double kNoPulse = 0.03;  // what noise has
constexpr double kTempoWeight = 0.8, kOddMetre = 1.0;
constexpr double kBestTempo = 105;  // BPM, where Spotify's catalogue is most danceable
// Of the sum below, so that pop, rock and electronic tracks have the median and quartiles of Spotify's catalogue.
constexpr double kDanceOffset = 2.2, kDanceScale = 1.1;

// How far a tempo is from the best, in octaves, up to 0.5 and something; which octave a tempo is heard in says little.
double tempo_distance(double tempo) {
  double octaves = std::log2(tempo / kBestTempo);
  octaves -= std::floor(octaves + 0.4);  // 80 … 160 BPM
  return std::fabs(octaves);
}

double danceability(const Rhythm& rhythm, const ExcerptVectors& excerpts) {
  double pulse = 0;
  for (std::size_t i = 0; i < excerpts.count; ++i) {
    const std::span<const float> columns = impl::family_columns(excerpts.row(i), "pulse");
    for (const std::size_t at : {kPulse, kLowPulse})
      pulse += 0.5 * std::log(std::max<double>(columns[at], kNoPulse)) / static_cast<double>(excerpts.count);
  }
  double sum = pulse;
  if (rhythm.tempo > 0) sum -= kTempoWeight * tempo_distance(rhythm.tempo);
  if (rhythm.metre % 2 == 1) sum -= kOddMetre;
  return 1 / (1 + std::exp(-(kDanceOffset + kDanceScale * sum)));
}

}  // namespace

AudioFeatures find_audio_features(double duration, const Rhythm& rhythm, const Tonality& tonality,
                                  const Loudness* loudness, const ExcerptVectors& excerpts) {
  AudioFeatures features;
  features.duration_ms = std::llround(duration * 1000);
  if (loudness != nullptr) features.loudness = loudness->integrated_lufs;
  if (rhythm.tempo > 0) features.tempo = rhythm.tempo;
  if (rhythm.metre > 0) features.time_signature = rhythm.metre;
  if (tonality.tonic >= 0) {
    features.key = tonality.tonic;
    features.mode = tonality.minor ? 0 : 1;
  }
  if (excerpts.count == 0) return features;
  impl::Readings mean;
  const auto share = 1 / static_cast<double>(excerpts.count);
  for (std::size_t i = 0; i < excerpts.count; ++i) {
    const impl::Readings one = impl::read_excerpt(excerpts.row(i));
    mean.energy += share * one.energy;
    mean.valence += share * one.valence;
    mean.acousticness += share * one.acousticness;
    // Neither sings nor speaks anybody.
    mean.voice += share * (1 - (1 - one.voice) * (1 - one.speechiness));
    mean.speechiness += share * one.speechiness;
    mean.liveness += share * one.liveness;
  }
  features.danceability = danceability(rhythm, excerpts);
  features.energy = mean.energy;
  features.valence = mean.valence;
  features.acousticness = mean.acousticness;
  features.instrumentalness = 1 - mean.voice;
  features.speechiness = mean.speechiness;
  features.liveness = mean.liveness;
  return features;
}

}  // namespace mla::audio
