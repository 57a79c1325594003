#include "knowledge/audio/descriptors/constant_q.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/descriptors/chroma.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/window.h"

namespace mla::audio {
namespace {

constexpr int kOctaves = 7;
constexpr int kBinsAnOctave = 36;
constexpr int kBinsAClass = kBinsAnOctave / static_cast<int>(kPitchClasses);
constexpr double kC1 = 32.70319566257483;            // Hz
constexpr double kHannBandwidth = 1.50018310546875;  // of the window, in bins, as librosa has it
constexpr double kLeftOut = 0.01;                    // of each filter's spectrum: its smallest values

// Bandwidth over frequency of 36 equal steps an octave.
double relative_bandwidth() {
  const double step = std::exp2(2.0 / kBinsAnOctave);
  return (step - 1) / (step + 1);
}

// A filter's spectrum where it is not negligible.
struct Band {
  std::size_t first = 0;                     // bin
  std::vector<std::complex<float>> weights;  // from there on
};

// The filters of one octave for frames of n_fft samples. Seen from their own sample rates, which halve with each
// octave, the filters of all octaves are the same.
struct Octave {
  std::size_t n_fft = 0;
  std::vector<Band> bands;
};

// The largest values that together make 99 % of the spectrum.
Band without_smallest(std::span<const std::complex<double>> spectrum) {
  std::vector<double> sizes;
  double whole = 0;
  for (const auto& value : spectrum) whole += sizes.emplace_back(std::abs(value));
  std::vector<double> sorted = sizes;
  std::sort(sorted.begin(), sorted.end());
  double below = 0;
  double least = 0;
  for (const double size : sorted) {
    below += size / whole;
    least = size;
    if (below >= kLeftOut) break;
  }
  const auto kept = [&](std::size_t k) { return sizes[k] >= least; };
  Band band;
  while (!kept(band.first)) ++band.first;
  std::size_t end = spectrum.size();
  while (!kept(end - 1)) --end;
  for (std::size_t k = band.first; k < end; ++k) {
    band.weights.push_back(kept(k) ? std::complex<float>(spectrum[k]) : 0.0F);
  }
  return band;
}

// Each filter is a Hann-windowed turn of its frequency with as many periods as every other. Rounded where librosa
// rounds: low filters nearly cancel what is loud beside a silence, and what is left is a matter of the last bits.
Octave make_octave(double lowest_hz, double sample_rate) {
  const double quality = 1.0 / relative_bandwidth();
  Octave octave;
  octave.n_fft = std::bit_ceil(static_cast<std::size_t>(std::ceil(quality * sample_rate / lowest_hz)));
  const std::size_t n_fft = octave.n_fft;
  std::vector<std::complex<double>> turns(n_fft);  // exp(−2πi j / n_fft)
  for (std::size_t j = 0; j < n_fft; ++j) {
    turns[j] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(j) / static_cast<double>(n_fft));
  }
  std::vector<std::complex<double>> spectrum(n_fft / 2 + 1);
  for (int i = 0; i < kBinsAnOctave; ++i) {
    const double hz = lowest_hz * std::exp2(static_cast<double>(i) / kBinsAnOctave);
    const double length = quality * sample_rate / hz;
    const double first = std::floor(-length / 2);
    const auto count = static_cast<std::size_t>(std::floor(length / 2) - first);
    const std::vector<float> window = hann_window(count);
    double sum = 0;
    for (const float value : window) sum += value;
    const std::size_t before = (n_fft - count) / 2;
    std::fill(spectrum.begin(), spectrum.end(), 0.0);
    for (std::size_t n = 0; n < count; ++n) {
      const double phase = 2 * std::numbers::pi * hz / sample_rate * (first + static_cast<double>(n));
      const std::complex<float> unit(std::polar(window[n] / sum, phase));
      const double scale = length / static_cast<double>(n_fft);
      const std::complex<double> sample(std::complex<float>(std::complex<double>(unit) * scale));
      for (std::size_t k = 0; k < spectrum.size(); ++k) {
        const std::complex<double> turn = turns[k * (before + n) % n_fft];
        spectrum[k] += std::complex<double>(sample.real() * turn.real() - sample.imag() * turn.imag(),
                                            sample.real() * turn.imag() + sample.imag() * turn.real());
      }
    }
    octave.bands.push_back(without_smallest(spectrum));
  }
  return octave;
}

// Adds the magnitudes of the octave's filters to the pitch classes of each frame.
void add_octave(const Octave& octave, double length_of_lowest, std::span<const float> samples, std::size_t hop,
                FeatureMatrix& chroma) {
  const std::size_t half = octave.n_fft / 2;
  RealFft fft(octave.n_fft);
  std::vector<double> frame(octave.n_fft);  // in double precision, so that nearly silent frames are right too
  std::vector<std::complex<float>> spectrum(fft.bins());
  for (std::size_t t = 0; t < chroma.frames; ++t) {
    for (std::size_t n = 0; n < octave.n_fft; ++n) {  // zeros beyond the ends
      const std::size_t at = t * hop + n;
      frame[n] = at >= half && at - half < samples.size() ? samples[at - half] : 0.0;
    }
    fft.forward(frame, spectrum);
    float* classes = chroma.values.data() + t * kPitchClasses;
    for (std::size_t i = 0; i < octave.bands.size(); ++i) {
      const Band& band = octave.bands[i];
      std::complex<float> sum = 0;
      for (std::size_t k = 0; k < band.weights.size(); ++k) {
        const std::complex<float> a = band.weights[k];
        const std::complex<float> b = spectrum[band.first + k];
        sum +=
            std::complex<float>(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real());
      }
      // A class is its own bin and the ones on both sides.
      const double length = length_of_lowest * std::exp2(-static_cast<double>(i) / kBinsAnOctave);
      classes[(i + 1) / kBinsAClass % kPitchClasses] += static_cast<float>(std::abs(sum) / std::sqrt(length));
    }
  }
}

// librosa's resample with scale=True: half (or less) the rate, the same energy.
std::vector<float> slower(std::span<const float> samples, int factor) {
  std::vector<float> out;
  Resampler resampler(factor, 1);
  resampler.push(samples, out);
  resampler.finish(out);
  const auto loss = static_cast<float>(std::sqrt(1.0 / factor));
  for (float& sample : out) sample /= loss;
  return out;
}

// librosa.estimate_tuning(y, bins_per_octave=36): of magnitudes, in steps of .01 of a bin.
double estimate_tuning(std::span<const float> samples, int sample_rate) {
  constexpr int kFrame = 2048;
  class Magnitudes final : public FrameConsumer {
   public:
    explicit Magnitudes(int rate) : tuning(rate, kFrame, kBinsAnOctave) {}
    void frame(const Frame& frame) override { tuning.add(frame.magnitude); }
    TuningEstimator tuning;
  } magnitudes(sample_rate);
  Stft stft({.sample_rate = sample_rate, .n_fft = kFrame, .hop_length = kFrame / 4, .precise = true}, {&magnitudes});
  stft.push(samples);
  stft.finish();
  return magnitudes.tuning.estimate();
}

}  // namespace

base::Result<FeatureMatrix> chroma_cqt(std::span<const float> samples, int sample_rate, int hop_length) {
  constexpr int kHalvings = kOctaves - 1;
  if (hop_length <= 0 || hop_length % (1 << kHalvings) != 0) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("chroma_cqt needs a hop-length that is a multiple of 64, not {}", hop_length)};
  }
  const double lowest = kC1 * std::exp2(estimate_tuning(samples, sample_rate) / kBinsAnOctave);
  const double highest = lowest * std::exp2(kOctaves - 1.0 / kBinsAnOctave);
  const double reach = highest * (1 + 0.5 * kHannBandwidth * relative_bandwidth());
  const double nyquist = sample_rate / 2.0;
  if (reach > nyquist) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("chroma_cqt reaches up to {:.0f} Hz: sample-rate has to be at least {:.0f}, not {}",
                                   reach, 2 * reach, sample_rate)};
  }
  // A rate that is far above what the top octave needs is lowered first.
  const int spare = std::max(0, static_cast<int>(std::ceil(std::log2(nyquist / reach))) - 2);
  const int halvings = std::min(spare, std::max(0, std::countr_zero(static_cast<unsigned>(hop_length)) - kHalvings));
  if (samples.size() >> (halvings + kHalvings) == 0) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("chroma_cqt needs more than {} samples", samples.size())};
  }
  std::vector<float> signal =
      halvings > 0 ? slower(samples, 1 << halvings) : std::vector<float>(samples.begin(), samples.end());
  const double rate = static_cast<double>(sample_rate) / (1 << halvings);
  std::size_t hop = static_cast<std::size_t>(hop_length) >> halvings;

  FeatureMatrix chroma{kPitchClasses, signal.size() / hop + 1, false, {}};
  chroma.values.resize(chroma.frames * kPitchClasses);
  const double lowest_of_top = lowest * std::exp2(kOctaves - 1);
  const Octave filters = make_octave(lowest_of_top, rate);
  for (int octave = 0; octave < kOctaves; ++octave) {
    add_octave(filters, rate / relative_bandwidth() / lowest_of_top, signal, hop, chroma);
    if (octave + 1 == kOctaves) break;
    signal = slower(signal, 2);
    hop /= 2;
    chroma.frames = std::min(chroma.frames, signal.size() / hop + 1);
  }
  chroma.values.resize(chroma.frames * kPitchClasses);
  for (std::size_t t = 0; t < chroma.frames; ++t) {
    normalize_by_peak(std::span(chroma.values).subspan(t * kPitchClasses, kPitchClasses));
  }
  return chroma;
}

FeatureMatrix tonnetz(const FeatureMatrix& chroma) {
  constexpr std::size_t kDimensions = 6;
  constexpr std::array<double, kDimensions> kSteps{7.0 / 6, 7.0 / 6, 3.0 / 2, 3.0 / 2, 2.0 / 3, 2.0 / 3};
  constexpr std::array<double, kDimensions> kRadius{1, 1, 1, 1, 0.5, 0.5};
  std::array<std::array<double, kPitchClasses>, kDimensions> places{};
  for (std::size_t d = 0; d < kDimensions; ++d) {
    for (std::size_t c = 0; c < kPitchClasses; ++c) {
      const double turn = kSteps[d] * static_cast<double>(c) - (d % 2 == 0 ? 0.5 : 0.0);
      places[d][c] = kRadius[d] * std::cos(std::numbers::pi * turn);
    }
  }
  FeatureMatrix result{kDimensions, chroma.frames, false, {}};
  result.values.reserve(kDimensions * chroma.frames);
  for (std::size_t t = 0; t < chroma.frames; ++t) {
    const float* classes = chroma.values.data() + t * kPitchClasses;
    double sum = 0;
    for (std::size_t c = 0; c < kPitchClasses; ++c) sum += std::abs(classes[c]);
    for (const auto& place : places) {
      double value = 0;
      for (std::size_t c = 0; c < kPitchClasses; ++c) value += place[c] * classes[c];
      result.values.push_back(static_cast<float>(sum > 0 ? value / sum : 0.0));
    }
  }
  return result;
}

}  // namespace mla::audio
