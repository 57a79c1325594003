#pragma once

#include <span>

namespace mla::experiments {

// What one listener adds to a rate: "skipped 2 of 7".
struct Tally {
  double hits = 0;
  double of = 0;
};

// Rates of both arms and treatment minus control.
struct Difference {
  double control = 0;  // sum of hits / sum of `of`
  double treatment = 0;
  double difference = 0;
  double low = 0;  // 95 % interval of the difference
  double high = 0;
  bool known = false;  // false: an arm has fewer than two listeners, or nothing to divide by; the figures are zeros
};

// The difference of two rates of which listeners are the unit: what one listener does hangs together, so variances are
// those of listeners, by the delta method (Deng, Knoblich, Lu: Applying the Delta Method in Metric Analytics, KDD
// 2018): Var(R) = sum((hits - R of)^2) / (n (n - 1) mean(of)^2). The interval is for one look: who looks again and
// again until it excludes zero will find something (sequential.h is for that). It leans on the normal distribution:
// some 50 listeners an arm.
Difference difference_of_rates(std::span<const Tally> control, std::span<const Tally> treatment);

}  // namespace mla::experiments
