#include "knowledge/audio/rhythm/onset_envelope.h"

#include <algorithm>
#include <cmath>

namespace mla::audio {

namespace {

constexpr double kLowest = 30.0;  // Hz
constexpr double kHighest = 10000.0;
constexpr std::array<double, OnsetEnvelope::kRanges> kRangeEnds = {150.0, 600.0, 2500.0, 1e9};
constexpr float kFloor = 1e-5F;                  // 50 dB under the loudest band of late
constexpr float kDecay = 0.99768F;               // a frame; the maximum halves in 7 s
constexpr float kSilence = 1e-7F;                // power of a band below which nothing is heard at all
constexpr float kTenthsOfADecibel = 43.429448F;  // a natural logarithm times this

double mel(double hertz) { return 1127.0 * std::log1p(hertz / 700.0); }
double hertz(double mels) { return 700.0 * std::expm1(mels / 1127.0); }

}  // namespace

OnsetEnvelope::OnsetEnvelope() {
  constexpr double kBinWidth = 22050.0 / 2048.0;
  const double low = mel(kLowest);
  const double step = (mel(kHighest) - low) / static_cast<double>(kBands + 1);
  std::uint32_t last = 1;
  for (std::size_t i = 0; i < kBands + 2; ++i) {
    const double frequency = hertz(low + (step * static_cast<double>(i)));
    // Bands are at least a bin wide where mel bands would be narrower than a bin.
    const auto bin = static_cast<std::uint32_t>(std::lround(frequency / kBinWidth));
    last = i == 0 ? std::max<std::uint32_t>(bin, 2) : std::max(bin, last + 1);
    edges_.push_back(last);
    if (i == 0 || i > kBands) continue;
    const double centre = last * kBinWidth;
    range_of_[i - 1] = static_cast<std::size_t>(
        std::find_if(kRangeEnds.begin(), kRangeEnds.end(), [&](double end) { return centre < end; }) -
        kRangeEnds.begin());
  }
}

void OnsetEnvelope::add(std::span<const float> power) {
  // Bands overlap by half: each is two neighbouring stretches between edges.
  std::array<float, kBands + 1> stretches{};
  for (std::size_t i = 0; i <= kBands; ++i) {
    std::array<float, 4> sums{};
    std::uint32_t bin = edges_[i];
    for (; bin + 4 <= edges_[i + 1]; bin += 4)
      for (std::uint32_t j = 0; j < 4; ++j) sums[j] += power[bin + j];
    for (; bin < edges_[i + 1]; ++bin) sums[0] += power[bin];
    stretches[i] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  Levels sums{};
  float loudest = 0.0F;
  for (std::size_t band = 0; band < kBands; ++band) {
    sums[band] = stretches[band] + stretches[band + 1];
    loudest = std::max(loudest, sums[band]);
  }
  loudest_ = std::max(loudest, loudest_ * kDecay);
  const float floor = std::max(loudest_ * kFloor, kSilence);
  Levels levels{};
  for (std::size_t band = 0; band < kBands; ++band) levels[band] = kTenthsOfADecibel * std::log(sums[band] + floor);

  const std::size_t frame = rises_.size();
  if (frame == 0) before_ = {levels, levels};
  const Levels& before = before_[frame % 2];
  std::array<float, kRanges> rise{};
  std::array<float, kRanges> members{};
  for (std::size_t band = 0; band < kBands; ++band) {
    const float neighbours =
        std::max({before[band], before[band == 0 ? 0 : band - 1], before[std::min(band + 1, kBands - 1)]});
    rise[range_of_[band]] += std::max(0.0F, levels[band] - neighbours);
    members[range_of_[band]] += 1.0F;
  }
  auto& kept = rises_.emplace_back();
  for (std::size_t range = 0; range < kRanges; ++range)
    kept[range] = static_cast<std::uint8_t>(std::lround(std::min(rise[range] / members[range], 255.0F)));
  before_[frame % 2] = levels;
}

}  // namespace mla::audio
