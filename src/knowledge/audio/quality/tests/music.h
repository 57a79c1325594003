#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string_view>
#include <vector>

#include "foundation/base/random.h"
#include "knowledge/audio/quality/assessor.h"

namespace mla::audio::testing {

// A recording that a test plants faults in: interleaved stereo, full scale 1.
struct Sound {
  int sample_rate = 44100;
  int channels = 2;
  std::vector<float> samples;

  std::size_t frames() const { return samples.size() / static_cast<std::size_t>(channels); }
  float& at(std::size_t frame, int channel) {
    return samples[frame * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel)];
  }
  std::size_t frame(double seconds) const { return static_cast<std::size_t>(seconds * sample_rate); }
};

// Clean music of our own making: plucked notes with harmonics at different places of the stereo image, brushed drums
// (noise with a 2 ms attack), a room at -90 dBFS, faded in and out. `seed` chooses the notes.
inline Sound clean_music(std::uint64_t seed, double seconds = 10) {
  Sound sound;
  base::Random random(seed);
  const auto frames = static_cast<std::size_t>(seconds * sound.sample_rate);
  sound.samples.assign(2 * frames, 0.0F);
  for (double start = 0.05; start < seconds - 0.6; start += 0.25) {
    const double hz = 110.0 * std::pow(2.0, static_cast<double>(random.below(30)) / 12.0);
    const double pan = 0.2 + 0.6 * random.uniform();
    const double level = 0.04 + 0.08 * random.uniform();
    const auto length = static_cast<std::size_t>(0.6 * sound.sample_rate);
    const std::size_t begin = sound.frame(start);
    for (std::size_t i = 0; i < length && begin + i < frames; ++i) {
      const double t = static_cast<double>(i) / sound.sample_rate;
      double value = 0;
      for (int harmonic = 1; harmonic <= 5 && harmonic * hz < 20000; ++harmonic) {
        value += std::sin(2 * std::numbers::pi * harmonic * hz * t) * std::exp(-t * (2.0 + harmonic)) / harmonic;
      }
      value *= level * std::min({1.0, t / 0.004, (0.6 - t) / 0.05});
      sound.at(begin + i, 0) += static_cast<float>(value * pan);
      sound.at(begin + i, 1) += static_cast<float>(value * (1 - pan));
    }
  }
  for (double start = 0.3; start < seconds - 0.6; start += 0.5) {
    const double level = 0.05 + 0.05 * random.uniform();
    const std::size_t begin = sound.frame(start);
    for (std::size_t i = 0; i < 12000 && begin + i < frames; ++i) {
      const double t = static_cast<double>(i) / sound.sample_rate;
      const double shape = level * std::min(1.0, t / 0.002) * std::exp(-t * 25);
      sound.at(begin + i, 0) += static_cast<float>(shape * random.normal());
      sound.at(begin + i, 1) += static_cast<float>(shape * random.normal());
    }
  }
  const std::size_t fade = sound.frame(0.05);
  for (std::size_t i = 0; i < frames; ++i) {
    const double gain = std::min({1.0, static_cast<double>(i) / fade, static_cast<double>(frames - 1 - i) / fade});
    for (int c = 0; c < 2; ++c) {
      sound.at(i, c) = static_cast<float>(sound.at(i, c) * gain + 3e-5 * random.normal());
    }
  }
  return sound;
}

// The same with hi-hats up to the Nyquist frequency, eight a bar, now closed, now open.
inline Sound full_band_music(std::uint64_t seed, double seconds = 10) {
  Sound sound = clean_music(seed, seconds);
  base::Random random(seed + 1000);
  for (double start = 0.2; start < seconds - 0.6; start += 0.25) {
    const double level = 0.02 + 0.03 * random.uniform();
    const double decay = random.below(4) == 0 ? 12 : 50;
    std::array<double, 2> last{};
    for (std::size_t i = 0; i < sound.frame(0.25); ++i) {
      const double t = static_cast<double>(i) / sound.sample_rate;
      const double shape = level * std::min(1.0, t / 0.002) * std::min(1.0, (0.25 - t) / 0.01) * std::exp(-decay * t);
      for (int c = 0; c < 2; ++c) {  // white noise less its bass: a cymbal
        double& before = last[static_cast<std::size_t>(c)];
        const double now = random.normal();
        sound.at(sound.frame(start) + i, c) += static_cast<float>(shape * (now - 0.8 * before));
        before = now;
      }
    }
  }
  return sound;
}

// What the low-pass of an encoder leaves: nothing above `hz` (Blackman's window, 401 taps: done within 250 Hz).
inline Sound brick_wall(const Sound& sound, double hz) {
  constexpr int kHalf = 200;
  std::vector<double> taps(2 * kHalf + 1);
  const double x = 2 * hz / sound.sample_rate;
  for (int k = -kHalf; k <= kHalf; ++k) {
    const double sinc = k == 0 ? x : std::sin(std::numbers::pi * x * k) / (std::numbers::pi * k);
    taps[static_cast<std::size_t>(k + kHalf)] = sinc * (0.42 + 0.5 * std::cos(std::numbers::pi * k / kHalf) +
                                                        0.08 * std::cos(2 * std::numbers::pi * k / kHalf));
  }
  Sound out = sound;
  const auto channels = static_cast<std::size_t>(sound.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = kHalf; i + kHalf < sound.frames(); ++i) {
      double value = 0;
      for (std::size_t k = 0; k < taps.size(); ++k) value += taps[k] * sound.samples[channels * (i + kHalf - k) + c];
      out.samples[channels * i + c] = static_cast<float>(value);
    }
  }
  return out;
}

inline Quality assess(const Sound& sound, bool lossless = true, int bits = 0) {
  QualityAssessor assessor({sound.sample_rate, sound.channels, lossless, bits});
  const auto channels = static_cast<std::size_t>(sound.channels);
  const std::size_t frames = sound.samples.size() / channels;
  math::Matrix apart(channels, frames);
  for (std::size_t i = 0; i < sound.samples.size(); ++i) apart(i % channels, i / channels) = sound.samples[i];
  constexpr std::size_t kStep = 3001;  // blocks of an odd size
  for (std::size_t begin = 0; begin < frames; begin += kStep) {
    assessor.push({apart.values().data() + begin, channels, std::min(kStep, frames - begin), frames});
  }
  return assessor.finish();
}

inline std::vector<Finding> of_kind(const Quality& quality, std::string_view kind) {
  std::vector<Finding> found;
  for (const Finding& finding : quality.findings) {
    if (finding.kind == kind) found.push_back(finding);
  }
  return found;
}

}  // namespace mla::audio::testing
