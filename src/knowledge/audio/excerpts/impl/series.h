#pragma once

#include <cstddef>
#include <span>
#include <vector>

// Statistics of short series of floats, in double precision. Empty series give 0.
namespace mla::audio::impl {

double mean(std::span<const float> values);
// Of the whole population.
double deviation(std::span<const float> values);
// Third standardised moment about 0 of the deviations from the mean; 0 for a constant series.
double skewness(std::span<const float> values);
double mean_change(std::span<const float> values);  // mean |x[i] − x[i−1]|
// Linear between order statistics, as numpy.percentile; `share` in 0 … 1. Reorders `values`.
double percentile(std::span<float> values, double share);
// Pearson's; 0 if one of them is constant. REQUIRES: one size.
double correlation(std::span<const float> a, std::span<const float> b);
// Σ x[i] x[i+lag] / Σ x[i]² of the series minus its mean for lag 0 … most (0 beyond its length).
std::vector<float> autocorrelation(std::span<const float> values, std::size_t most);

}  // namespace mla::audio::impl
