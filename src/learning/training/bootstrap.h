#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/work.h"

namespace mla::training {

// A mean and the interval that holds it with 95 % confidence.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

inline constexpr int kBootstrapSamples = 2000;

// Percentile bootstrap of the means of several columns over the same users (Efron & Tibshirani, 1993): users are drawn
// with replacement, all columns with the same draw; the ends are the 2.5 % and 97.5 % quantiles of the sampled means.
// For a paired interval of a difference give the differences user by user as a column.
// Same work.seed, same bits, at any pool size. REQUIRES: columns of one length. Empty columns give zeros.
std::vector<Interval> bootstrap_means(const std::vector<std::span<const double>>& columns, base::Work& work,
                                      int samples = kBootstrapSamples);

}  // namespace mla::training
