#include "knowledge/audio/quality/loudness.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "knowledge/audio/quality/impl/k_weighting.h"
#include "knowledge/audio/quality/impl/true_peak.h"

namespace mla::audio {
namespace {

constexpr std::size_t kMomentarySteps = 4;
constexpr std::size_t kShortTermSteps = 30;
constexpr std::size_t kRangeHop = 10;  // Tech 3342 asks for at least two thirds of overlap
constexpr double kAbsoluteGateLufs = -70.0;

double to_lufs(double energy) { return -0.691 + 10.0 * std::log10(energy); }
double to_energy(double lufs) { return std::pow(10.0, (lufs + 0.691) / 10.0); }

std::optional<double> to_decibels(double amplitude) {
  if (amplitude <= 0) return std::nullopt;
  return 20.0 * std::log10(amplitude);
}

// Table 3 of BS.1770-4: pairs at the sides count 1.41, the low-frequency channel does not count.
double channel_weight(int channel, int channels) {
  constexpr double kSide = 1.41;
  if (channels == 4) return channel >= 2 ? kSide : 1.0;
  if (channels == 5) return channel >= 3 ? kSide : 1.0;
  if (channels == 6) return channel == 3 ? 0.0 : channel >= 4 ? kSide : 1.0;
  if (channels == 8) return channel == 3 ? 0.0 : channel >= 6 ? kSide : 1.0;
  return 1.0;
}

// Mean energy of each window of `length` steps, one every `hop` steps.
std::vector<double> windows(std::span<const float> steps, std::size_t length, std::size_t hop) {
  std::vector<double> means;
  for (std::size_t begin = 0; begin + length <= steps.size(); begin += hop) {
    const auto window = steps.subspan(begin, length);
    means.push_back(std::accumulate(window.begin(), window.end(), 0.0) / static_cast<double>(length));
  }
  return means;
}

// Keeps what is at least `lufs`.
void gate(std::vector<double>& energies, double lufs) {
  const double least = to_energy(lufs);
  std::erase_if(energies, [&](double energy) { return energy < least; });
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// BS.1770-4, annex 1: blocks above -70 LUFS, then those within 10 LU below their mean.
std::optional<double> integrated(std::vector<double> blocks) {
  gate(blocks, kAbsoluteGateLufs);
  if (blocks.empty()) return std::nullopt;
  gate(blocks, to_lufs(mean(blocks)) - 10.0);
  return to_lufs(mean(blocks));
}

// EBU Tech 3342: short-term loudness above -70 LUFS and within 20 LU below its mean, 10th to 95th percentile.
double range(std::vector<double> blocks) {
  gate(blocks, kAbsoluteGateLufs);
  if (blocks.empty()) return 0;
  gate(blocks, to_lufs(mean(blocks)) - 20.0);
  std::sort(blocks.begin(), blocks.end());
  const auto percentile = [&](double share) {
    return blocks[static_cast<std::size_t>(std::lround(share * static_cast<double>(blocks.size() - 1)))];
  };
  return to_lufs(percentile(0.95)) - to_lufs(percentile(0.10));
}

std::optional<double> loudest(std::span<const double> blocks) {
  if (blocks.empty()) return std::nullopt;
  const double energy = *std::max_element(blocks.begin(), blocks.end());
  if (energy < to_energy(kAbsoluteGateLufs)) return std::nullopt;
  return to_lufs(energy);
}

}  // namespace

struct LoudnessMeter::Channel {
  Channel(int sample_rate, double weight_) : true_peak(sample_rate), weight(weight_) {}

  TruePeak true_peak;
  double weight;
  float sample_peak = 0;
};

struct LoudnessMeter::Pair {
  std::size_t first;
  std::size_t second;  // the first again where there is no other
  KWeighting weighting;
};

LoudnessMeter::LoudnessMeter(int sample_rate, int channels)
    : sample_rate_(sample_rate), frames_a_step_(static_cast<std::size_t>(std::max(1, (sample_rate + 5) / 10))) {
  channels_.reserve(static_cast<std::size_t>(channels));
  for (int c = 0; c < channels; ++c) channels_.emplace_back(sample_rate, channel_weight(c, channels));
  for (std::size_t c = 0; c < channels_.size(); c += 2) {
    pairs_.push_back({c, std::min(c + 1, channels_.size() - 1), KWeighting(sample_rate)});
  }
}

LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::push(const Block& block) {
  const math::ConstMatrixView& samples = block.samples;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    const auto peaks = block.peaks.row(c);
    channel.sample_peak = std::max(channel.sample_peak, *std::max_element(peaks.begin(), peaks.end()));
    channel.true_peak.push(samples.row(c), peaks);
  }
  for (std::size_t begin = 0; begin < samples.cols;) {
    const std::size_t count = std::min(frames_a_step_ - filled_, samples.cols - begin);
    for (Pair& pair : pairs_) {
      const auto energies = pair.weighting.energy(samples.row(pair.first).subspan(begin, count),
                                                  samples.row(pair.second).subspan(begin, count));
      energy_ += channels_[pair.first].weight * energies[0];
      if (pair.second != pair.first) energy_ += channels_[pair.second].weight * energies[1];
    }
    begin += count;
    filled_ += count;
    if (filled_ == frames_a_step_) close_step();
  }
}

void LoudnessMeter::close_step() {
  steps_.push_back(static_cast<float>(energy_ / static_cast<double>(frames_a_step_)));
  energy_ = 0;
  filled_ = 0;
}

Loudness LoudnessMeter::finish() {
  Loudness found;
  const auto momentary = windows(steps_, kMomentarySteps, 1);
  found.integrated_lufs = integrated(momentary);
  found.max_momentary_lufs = loudest(momentary);
  found.max_short_term_lufs = loudest(windows(steps_, kShortTermSteps, 1));
  found.range_lu = range(windows(steps_, kShortTermSteps, kRangeHop));
  double true_peak = 0;
  float sample_peak = 0;
  for (Channel& channel : channels_) {
    channel.true_peak.finish();
    sample_peak = std::max(sample_peak, channel.sample_peak);
    if (channel.true_peak.peak() <= true_peak) continue;
    true_peak = channel.true_peak.peak();
    found.true_peak_seconds = static_cast<double>(channel.true_peak.position()) / sample_rate_;
  }
  found.true_peak_dbtp = to_decibels(true_peak);
  found.sample_peak_dbfs = to_decibels(sample_peak);
  return found;
}

}  // namespace mla::audio
