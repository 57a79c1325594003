#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "knowledge/audio/excerpts/stereo_image.h"
#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio::impl {

inline constexpr std::size_t kBands = 40;      // mel
inline constexpr std::size_t kNoiseBands = 8;  // about octaves
inline constexpr double kStretchRate = 22050.0 / 512.0;

inline constexpr std::size_t kModulationBands = kBands / 2;
inline constexpr std::size_t kRates = 10;  // ranges of modulation frequencies
using Modulation = std::array<std::array<double, kRates>, kModulationBands>;

// What is kept of the frames of one excerpt.
struct Stretch {
  std::vector<std::array<float, kBands>> levels;      // dB of the band's mean power
  std::vector<std::array<float, kNoiseBands>> noise;  // ln(mean) − mean(ln) of the bins' power: 0 for an even spectrum
  std::vector<float> crossings;                       // zero-crossing rate
  std::span<const PitchEnvelope::Row> pitches;
  StereoImage::Sums stereo;
  Modulation modulation{};  // of the levels, once they are all there: two families are made of it

  std::size_t frames() const { return levels.size(); }
};

// ln of the mean power of each band's level at each range of modulation frequencies, over windows of 6 s.
Modulation find_modulation(const Stretch& stretch);

// A family's columns, appended. Levels are already floored and relative.
using Columns = std::vector<float>;
void add_timbre(const Stretch& stretch, Columns& out);
void add_flux(const Stretch& stretch, Columns& out);
void add_band_correlation(const Stretch& stretch, Columns& out);
void add_modulation(const Stretch& stretch, Columns& out);
void add_modulation_shape(const Stretch& stretch, Columns& out);
void add_noisiness(const Stretch& stretch, Columns& out);
void add_shape(const Stretch& stretch, Columns& out);
void add_dynamics(const Stretch& stretch, Columns& out);
void add_pulse(const Stretch& stretch, Columns& out);
void add_harmony(const Stretch& stretch, Columns& out);
void add_bass_harmony(const Stretch& stretch, Columns& out);
void add_stereo(const Stretch& stretch, Columns& out);
void add_wide_spectrum(const Stretch& stretch, Columns& out);

}  // namespace mla::audio::impl
