#include "learning/tagging/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mla::tagging {
namespace {

int likeliest(std::span<const float> row) {
  return static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
}

}  // namespace

double accuracy(math::ConstMatrixView probabilities, std::span<const int> truth) {
  if (truth.empty()) return 0;
  std::size_t hits = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) hits += likeliest(probabilities.row(i)) == truth[i] ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

std::vector<std::vector<std::size_t>> confusion(math::ConstMatrixView probabilities, std::span<const int> truth) {
  std::vector<std::vector<std::size_t>> counts(probabilities.cols, std::vector<std::size_t>(probabilities.cols));
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++counts[static_cast<std::size_t>(truth[i])][static_cast<std::size_t>(likeliest(probabilities.row(i)))];
  }
  return counts;
}

double calibration_error(math::ConstMatrixView probabilities, std::span<const int> truth) {
  constexpr std::size_t kBins = 10;
  struct Bin {
    double confidence = 0, hits = 0;
  };
  if (truth.empty()) return 0;
  std::array<Bin, kBins> bins{};
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const int said = likeliest(probabilities.row(i));
    const double confidence = probabilities(i, static_cast<std::size_t>(said));
    Bin& bin = bins[std::min(kBins - 1, static_cast<std::size_t>(confidence * kBins))];
    bin.confidence += confidence;
    bin.hits += said == truth[i] ? 1 : 0;
  }
  double error = 0;
  for (const Bin& bin : bins) error += std::fabs(bin.hits - bin.confidence);
  return error / static_cast<double>(truth.size());
}

double r_squared(std::span<const float> said, std::span<const float> truth) {
  double mean = 0;
  for (const float value : truth) mean += value / static_cast<double>(truth.size());
  double left = 0, total = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    left += std::pow(static_cast<double>(truth[i]) - said[i], 2);
    total += std::pow(static_cast<double>(truth[i]) - mean, 2);
  }
  if (total == 0) return left == 0 ? 1 : 0;
  return 1 - left / total;
}

}  // namespace mla::tagging
