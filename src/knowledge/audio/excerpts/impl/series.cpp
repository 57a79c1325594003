#include "knowledge/audio/excerpts/impl/series.h"

#include <algorithm>
#include <cmath>

#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio::impl {

double mean(std::span<const float> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(std::span<const float> values) {
  if (values.empty()) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const float value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double skewness(std::span<const float> values) {
  const double spread = deviation(values);
  if (spread < 1e-9) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const float value : values) {
    const double away = (value - centre) / spread;
    sum += away * away * away;
  }
  return sum / static_cast<double>(values.size());
}

double mean_change(std::span<const float> values) {
  if (values.size() < 2) return 0;
  double sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) sum += std::fabs(values[i] - values[i - 1]);
  return sum / static_cast<double>(values.size() - 1);
}

double percentile(std::span<float> values, double share) {
  if (values.empty()) return 0;
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const float low = values[static_cast<std::size_t>(below)];
  if (static_cast<std::size_t>(below) + 1 == values.size()) return low;
  const float high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

double correlation(std::span<const float> a, std::span<const float> b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double both = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    of_a += (a[i] - mean_a) * (a[i] - mean_a);
    of_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const double scale = std::sqrt(of_a * of_b);
  return scale > 1e-9 ? both / scale : 0;
}

std::vector<float> autocorrelation(std::span<const float> values, std::size_t most) {
  std::vector<float> centred(values.begin(), values.end());
  const auto centre = static_cast<float>(mean(values));
  for (float& value : centred) value -= centre;
  std::vector<float> result(most + 1);
  const float energy = dot(centred, centred);
  if (energy < 1e-9F) return result;
  for (std::size_t lag = 0; lag <= most && lag < centred.size(); ++lag) {
    const std::size_t length = centred.size() - lag;
    result[lag] = dot(std::span(centred).first(length), std::span(centred).subspan(lag, length)) / energy;
  }
  return result;
}

}  // namespace mla::audio::impl
