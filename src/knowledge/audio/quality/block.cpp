#include "knowledge/audio/quality/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "knowledge/audio/quality/block.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::audio::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Measures the pieces of `frames` samples in each of `channels` rows, `stride` apart; results `pieces` apart.
void measure_pieces(const float* samples, std::size_t channels, std::size_t frames, std::size_t stride,
                    std::size_t pieces, float* peaks, float* energies, float* quietest) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::size_t begin = piece * kPiece;
    const std::size_t count = HWY_MIN(kPiece, frames - begin);
    HWY_ALIGN float loudest[kPiece] = {};
    for (std::size_t c = 0; c < channels; ++c) {
      const float* row = samples + c * stride + begin;
      auto peak = hn::Zero(d);
      auto energy = hn::Zero(d);
      std::size_t i = 0;
      for (; i + lanes <= count; i += lanes) {
        const auto value = hn::LoadU(d, row + i);
        const auto magnitude = hn::Abs(value);
        peak = hn::Max(peak, magnitude);
        energy = hn::MulAdd(value, value, energy);
        hn::Store(hn::Max(hn::Load(d, loudest + i), magnitude), d, loudest + i);
      }
      float piece_peak = hn::GetLane(hn::MaxOfLanes(d, peak));
      float piece_energy = hn::GetLane(hn::SumOfLanes(d, energy));
      for (; i < count; ++i) {
        const float magnitude = HWY_MAX(row[i], -row[i]);
        piece_peak = HWY_MAX(piece_peak, magnitude);
        piece_energy += row[i] * row[i];
        loudest[i] = HWY_MAX(loudest[i], magnitude);
      }
      peaks[c * pieces + piece] = piece_peak;
      energies[c * pieces + piece] = piece_energy;
    }
    float least = loudest[0];
    std::size_t i = 0;
    if (count >= lanes) {
      auto smallest = hn::Load(d, loudest);
      for (i = lanes; i + lanes <= count; i += lanes) smallest = hn::Min(smallest, hn::Load(d, loudest + i));
      least = hn::GetLane(hn::MinOfLanes(d, smallest));
    }
    for (; i < count; ++i) least = HWY_MIN(least, loudest[i]);
    quietest[piece] = least;
  }
}

}  // namespace mla::audio::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <numeric>

namespace mla::audio {
namespace {

HWY_EXPORT(measure_pieces);

}  // namespace

double total(std::span<const float> energies) { return std::accumulate(energies.begin(), energies.end(), 0.0); }

Block BlockMeasure::measure(math::ConstMatrixView samples) {
  const std::size_t pieces = (samples.cols + kPiece - 1) / kPiece;
  peaks_.resize(samples.rows * pieces);
  energies_.resize(samples.rows * pieces);
  quietest_.resize(pieces);
  HWY_DYNAMIC_DISPATCH(measure_pieces)
  (samples.data, samples.rows, samples.cols, samples.stride, pieces, peaks_.data(), energies_.data(), quietest_.data());
  return {samples,
          {peaks_.data(), samples.rows, pieces, pieces},
          {energies_.data(), samples.rows, pieces, pieces},
          quietest_};
}

}  // namespace mla::audio
#endif  // HWY_ONCE
