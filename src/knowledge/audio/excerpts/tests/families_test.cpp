#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <string>

#include <gmock/gmock.h>

#include "foundation/base/random.h"
#include "knowledge/audio/excerpts/excerpts.h"

// Each family of columns reacts to what it is named for, more than the same family does to another seed's noise.
namespace mla::audio {
namespace {

constexpr int kRate = 22050;
constexpr double kSeconds = 10.5;

// left and right of a moment, given noise.
struct Stereo {
  double left, right;
};
using Maker = std::function<Stereo(double t, base::Random& random)>;

double tone(double hertz, double t) { return std::sin(2 * std::numbers::pi * hertz * t); }

double chord(double t, double root, double third) {
  return 0.1 * (tone(root, t) + tone(root * std::pow(2, third / 12), t) + tone(root * std::pow(2, 7 / 12.0), t));
}

ExcerptVectors hear(const Maker& make, std::uint64_t seed = 1) {
  base::Random random(seed);
  const auto frames = static_cast<std::size_t>(kSeconds * kRate);
  math::Matrix samples(2, frames);
  std::vector<float> mono(frames);
  for (std::size_t n = 0; n < frames; ++n) {
    const auto [left, right] = make(static_cast<double>(n) / kRate, random);
    samples(0, n) = static_cast<float>(left + 0.001 * random.normal());
    samples(1, n) = static_cast<float>(right + 0.001 * random.normal());
    mono[n] = (samples(0, n) + samples(1, n)) / 2;
  }
  PitchEnvelope pitches;
  StereoImage stereo(kRate);
  Excerpts excerpts(pitches, stereo);
  Stft stft({}, {&pitches, &excerpts});
  stereo.push(samples.view());
  stft.push(mono);
  stft.finish();
  return excerpts.result();
}

std::map<std::string, std::vector<float>> families(const ExcerptVectors& vectors) {
  std::map<std::string, std::vector<float>> all;
  std::size_t begin = 0;
  for (const ExcerptFamily& one : excerpt_families()) {
    const auto columns = vectors.row(0).subspan(begin, one.columns);
    all[std::string(one.name)] = {columns.begin(), columns.end()};
    begin += one.columns;
  }
  return all;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(a[i] - b[i], 2);
  return std::sqrt(sum);
}

// By how many times each family moves from `one` to `other` more than from one seed to the next.
std::map<std::string, double> moved(const Maker& one, const Maker& other) {
  const auto here = families(hear(one)), again = families(hear(one, 2)), there = families(hear(other));
  std::map<std::string, double> result;
  for (const auto& [name, columns] : here) {
    result[name] = distance(columns, there.at(name)) / (distance(columns, again.at(name)) + 1e-3);
  }
  return result;
}

Maker mono(std::function<double(double, base::Random&)> make) {
  return [make](double t, base::Random& random) {
    const double value = make(t, random);
    return Stereo{value, value};
  };
}

// `hertz` times a second a burst of noise that dies away.
Maker pulses(double hertz, double length = 30) {
  return mono([=](double t, base::Random& random) {
    return 0.3 * random.normal() * std::exp(-length * std::fmod(t, 1 / hertz));
  });
}

TEST(Families, TimbreNoisinessAndShapeTellTonesFromNoise) {
  const Maker tones = mono([](double t, base::Random&) { return chord(t, 220, 4); });
  const Maker noise = mono([](double, base::Random& random) { return 0.1 * random.normal(); });
  const auto by = moved(tones, noise);
  for (const char* name : {"timbre", "noisiness", "shape"}) EXPECT_GT(by.at(name), 20) << name;
}

TEST(Families, NoisinessIsZeroForNoiseAndLargeForTones) {
  const auto mean_of = [](const Maker& make) {
    const std::vector<float> columns = families(hear(make)).at("noisiness");
    double sum = 0;
    for (std::size_t i = 0; i < columns.size(); i += 3) sum += columns[i];
    return sum / static_cast<double>(columns.size() / 3);
  };
  const double noise = mean_of(mono([](double, base::Random& random) { return 0.1 * random.normal(); }));
  const double tones = mean_of(mono([](double t, base::Random&) { return chord(t, 220, 4) + chord(t, 1760, 3); }));
  EXPECT_LT(noise, 1);
  EXPECT_GT(tones, noise + 0.5);
}

TEST(Families, PulseModulationAndFluxTellTempi) {
  const auto by = moved(pulses(2), pulses(3.4));
  for (const char* name : {"pulse", "modulation", "modulation_shape", "flux"}) EXPECT_GT(by.at(name), 2) << name;
}

TEST(Families, ModulationIsLargestAtTheRateThatIsPlayed) {
  // Ranges in Hz: … 1.5–2.2, 2.2–3.2, 3.2–4.5, 4.5–6.5 …; a sine's swell has one rate.
  const auto loudest_rate = [](double hertz) {
    const std::vector<float> columns = families(hear(mono([=](double t, base::Random& random) {
                                         return 0.1 * random.normal() * (1 + 0.6 * tone(hertz, t));
                                       }))).at("modulation");
    const std::size_t rates = 10;
    std::vector<double> sums(rates);
    for (std::size_t i = 0; i < columns.size(); ++i) sums[i % rates] += columns[i];
    return std::max_element(sums.begin(), sums.end()) - sums.begin();
  };
  EXPECT_EQ(loudest_rate(1.9), 3);
  EXPECT_EQ(loudest_rate(2.7), 4);
  EXPECT_EQ(loudest_rate(5.5), 6);
}

TEST(Families, DynamicsTellSwellsFromEvenSound) {
  const auto by = moved(mono([](double, base::Random& random) { return 0.1 * random.normal(); }),
                        mono([](double t, base::Random& random) { return 0.1 * random.normal() * t / kSeconds; }));
  EXPECT_GT(by.at("dynamics"), 20);
}

TEST(Families, BandCorrelationTellsWhatMovesTogether) {
  // Low and high noise by turns, and both at once.
  const auto two = [](bool together) {
    return mono([=, state = 0.0](double t, base::Random& random) mutable {
      const double white = random.normal();
      state += 0.05 * (white - state);
      const bool first = std::fmod(t, 0.5) < 0.25;
      return (first ? 0.5 * state : 0) + (first == together ? 0.1 * (white - state) : 0);
    });
  };
  EXPECT_GT(moved(two(true), two(false)).at("band_correlation"), 5);
}

TEST(Families, HarmonyTellsMajorFromMinorAndChangesFromOneChord) {
  const Maker major = mono([](double t, base::Random&) { return chord(t, 262, 4); });
  const Maker minor = mono([](double t, base::Random&) { return chord(t, 262, 3); });
  const Maker changes = mono([](double t, base::Random&) { return chord(t, std::fmod(t, 2) < 1 ? 262 : 349, 4); });
  EXPECT_GT(moved(major, minor).at("harmony"), 5);
  EXPECT_GT(moved(major, changes).at("harmony"), 5);
}

TEST(Families, BassHarmonyHearsTheBassOnly) {
  const auto with_bass = [](double second) {
    return mono(
        [=](double t, base::Random&) { return chord(t, 523, 4) + 0.2 * tone(std::fmod(t, 2) < 1 ? 65.4 : second, t); });
  };
  const auto by = moved(with_bass(65.4), with_bass(92.5));
  EXPECT_GT(by.at("bass_harmony"), 5);
  EXPECT_GT(by.at("bass_harmony"), by.at("harmony"));
}

TEST(Families, StereoAndItsSpectrum) {
  const Maker middle = [](double, base::Random& random) {
    const double value = 0.1 * random.normal();
    return Stereo{value, value};
  };
  const Maker wide = [](double, base::Random& random) { return Stereo{0.1 * random.normal(), 0.1 * random.normal()}; };
  const Maker left = [](double, base::Random& random) {
    const double value = 0.1 * random.normal();
    return Stereo{value, 0.2 * value};
  };
  EXPECT_GT(moved(middle, wide).at("stereo"), 10);
  EXPECT_GT(moved(middle, left).at("stereo"), 10);
  EXPECT_LT(moved(middle, left).at("wide_spectrum"), 3) << "the place of a sound is not its colour";
  const Maker dull = mono([state = 0.0](double, base::Random& random) mutable {
    state += 0.2 * (random.normal() - state);
    return 0.3 * state;
  });
  EXPECT_GT(moved(middle, dull).at("wide_spectrum"), 10);
}

}  // namespace
}  // namespace mla::audio
