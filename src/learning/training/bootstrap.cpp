#include "learning/training/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "foundation/base/random.h"

namespace mla::training {
namespace {

// Linear interpolation between order statistics (Hyndman & Fan, 1996, type 7). REQUIRES: sorted, not empty.
double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::vector<Interval> bootstrap_means(const std::vector<std::span<const double>>& columns, base::Work& work,
                                      int samples) {
  std::vector<Interval> intervals(columns.size());
  const std::size_t users = columns.empty() ? 0 : columns[0].size();
  if (users == 0) return intervals;

  std::vector<std::vector<double>> means(columns.size(), std::vector<double>(static_cast<std::size_t>(samples)));
  work.pool.parallel_for(static_cast<std::size_t>(samples), 16, [&](std::size_t begin, std::size_t end, int) {
    std::vector<double> sums(columns.size());
    for (std::size_t sample = begin; sample < end; ++sample) {
      base::Random random = base::Random::stream(work.seed, sample);
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::size_t draw = 0; draw < users; ++draw) {
        const std::size_t user = random.below(users);
        for (std::size_t column = 0; column < columns.size(); ++column) sums[column] += columns[column][user];
      }
      for (std::size_t column = 0; column < columns.size(); ++column) {
        means[column][sample] = sums[column] / static_cast<double>(users);
      }
    }
  });

  for (std::size_t column = 0; column < columns.size(); ++column) {
    double total = 0;
    for (const double value : columns[column]) total += value;
    std::sort(means[column].begin(), means[column].end());
    intervals[column] = {total / static_cast<double>(users), quantile(means[column], 0.025),
                         quantile(means[column], 0.975)};
  }
  return intervals;
}

}  // namespace mla::training
