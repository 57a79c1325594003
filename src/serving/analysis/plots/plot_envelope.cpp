#include "serving/analysis/plots/plot_envelope.h"

#include <algorithm>
#include <cmath>

#include "serving/analysis/analysis.h"

namespace mla::analysis {
namespace {

double to_mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double from_mel(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

}  // namespace

double PlotEnvelope::edge(std::size_t band) {
  const double low = to_mel(kLowest);
  return from_mel(low + (to_mel(kHighest) - low) * static_cast<double>(band) / kBands);
}

PlotEnvelope::PlotEnvelope() {
  for (std::size_t band = 0; band <= kBands; ++band) {
    bins_[band] = static_cast<std::size_t>(std::lround(edge(band) * kFrameLength / kSampleRate));
  }
}

void PlotEnvelope::frame(const audio::Frame& frame) {
  constexpr std::size_t kMiddle = (kFrameLength - kHopLength) / 2;  // each sample belongs to one frame
  const auto [low, high] =
      std::minmax_element(frame.samples.begin() + kMiddle, frame.samples.begin() + kMiddle + kHopLength);
  open_.low = in_open_ == 0 ? *low : std::min(open_.low, *low);
  open_.high = in_open_ == 0 ? *high : std::max(open_.high, *high);
  for (std::size_t band = 0; band < kBands; ++band) {
    // Where bands are narrower than bins, neighbours share one.
    const std::size_t first = std::min(bins_[band], frame.power.size() - 1);
    const std::size_t last = std::clamp(bins_[band + 1], first + 1, frame.power.size());
    float sum = 0;
    for (std::size_t bin = first; bin < last; ++bin) sum += frame.power[bin];
    open_.power[band] += sum / static_cast<float>(last - first);
  }
  if (++in_open_ == frames_a_column_) close_column();
}

void PlotEnvelope::close_column() {
  for (float& power : open_.power) power /= static_cast<float>(in_open_);
  columns_.push_back(open_);
  open_ = {};
  in_open_ = 0;
  if (columns_.size() < 2 * kColumns) return;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const Column& a = columns_[2 * i];
    const Column& b = columns_[2 * i + 1];
    Column both;
    both.low = std::min(a.low, b.low);
    both.high = std::max(a.high, b.high);
    for (std::size_t band = 0; band < kBands; ++band) both.power[band] = (a.power[band] + b.power[band]) / 2;
    columns_[i] = both;
  }
  columns_.resize(kColumns);
  frames_a_column_ *= 2;
}

void PlotEnvelope::finish() {
  if (in_open_ > 0) close_column();
}

}  // namespace mla::analysis
