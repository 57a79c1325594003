#include "serving/experiments/difference.h"

#include <cmath>
#include <optional>

namespace mla::experiments {
namespace {

constexpr double kNormal975 = 1.959963984540054;  // the 97.5 % quantile

struct Rate {
  double value;
  double variance;
};

std::optional<Rate> rate_of(std::span<const Tally> listeners) {
  double hits = 0;
  double of = 0;
  for (const Tally& one : listeners) {
    hits += one.hits;
    of += one.of;
  }
  if (listeners.size() < 2 || of <= 0) return {};
  const double rate = hits / of;
  double squares = 0;
  for (const Tally& one : listeners) {
    const double residual = one.hits - rate * one.of;
    squares += residual * residual;
  }
  const auto n = static_cast<double>(listeners.size());
  const double mean_of = of / n;
  return Rate{rate, squares / (n * (n - 1) * mean_of * mean_of)};
}

}  // namespace

Difference difference_of_rates(std::span<const Tally> control, std::span<const Tally> treatment) {
  const auto before = rate_of(control);
  const auto after = rate_of(treatment);
  if (!before || !after) return {};
  const double difference = after->value - before->value;
  const double reach = kNormal975 * std::sqrt(before->variance + after->variance);
  return {before->value, after->value, difference, difference - reach, difference + reach, true};
}

}  // namespace mla::experiments
