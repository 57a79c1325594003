#include "serving/experiments/sequential.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "serving/experiments/assignment.h"

namespace mla::experiments {
namespace {

constexpr std::array kStakes = {.05, .1, .2, .35, .5};
constexpr int kMostControls = 20;

}  // namespace

double evidence_of_worsening(std::span<const double> control, std::span<const double> treatment, int controls,
                             double margin) {
  const auto each = static_cast<std::size_t>(controls);
  const std::size_t rounds = std::min(treatment.size(), control.size() / each);
  std::array<double, kStakes.size()> capital;
  capital.fill(1);
  double highest = 1;
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::span<const double> others = control.subspan(i * each, each);
    const double mean = std::accumulate(others.begin(), others.end(), 0.0) / static_cast<double>(controls);
    const double gain = (treatment[i] - mean - margin) / (1 + margin);
    double sum = 0;
    for (std::size_t bettor = 0; bettor < kStakes.size(); ++bettor) {
      capital[bettor] *= 1 + kStakes[bettor] * gain;
      sum += capital[bettor];
    }
    highest = std::max(highest, sum / static_cast<double>(kStakes.size()));
  }
  return highest;
}

int controls_for_one(int treated) {
  if (treated <= 0) return kMostControls;
  return std::clamp((kBuckets - treated) / treated, 1, kMostControls);
}

}  // namespace mla::experiments
