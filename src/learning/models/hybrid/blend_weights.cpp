#include "learning/models/hybrid/blend_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learning/models/validation/ranking.h"

namespace mla::models {
namespace {

constexpr double kRidge = 1e-2;
constexpr std::size_t kAt = 20;
constexpr std::size_t kChunk = 64;  // users whose slopes are summed together

// Gradient and (negative) Hessian of the log-probability of held-out candidates, of the used parts alone.
class Slope {
 public:
  explicit Slope(std::size_t parts) : gradient(parts, 0.0), curvature(parts * parts, 0.0), mean_(parts), row_(parts) {}

  void add(const BlendExample& example, std::span<const double> weights, std::span<const std::size_t> used) {
    const std::size_t parts = example.bests.size();
    const std::size_t count = example.held.size();
    const auto hits = static_cast<double>(std::count(example.held.begin(), example.held.end(), 1));
    if (hits == 0) return;
    chances_.assign(count, 0.0);
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < count; ++i) {
      const float* scores = example.scores.data() + i * parts;
      for (const std::size_t p : used) chances_[i] += weights[p] * static_cast<double>(scores[p]);
      highest = std::max(highest, chances_[i]);
    }
    double total = 0;
    for (double& chance : chances_) total += chance = std::exp(chance - highest);
    std::fill(mean_.begin(), mean_.end(), 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      const double chance = chances_[i] / total;
      const float* scores = example.scores.data() + i * parts;
      for (std::size_t u = 0; u < used.size(); ++u) {
        row_[u] = scores[used[u]];
        if (example.held[i] != 0) gradient[u] += row_[u] / hits;
      }
      for (std::size_t u = 0; u < used.size(); ++u) {
        const double share = chance * row_[u];
        mean_[u] += share;
        for (std::size_t v = 0; v <= u; ++v) curvature[u * used.size() + v] += share * row_[v];
      }
    }
    for (std::size_t u = 0; u < used.size(); ++u) {
      gradient[u] -= mean_[u];
      for (std::size_t v = 0; v <= u; ++v) curvature[u * used.size() + v] -= mean_[u] * mean_[v];
    }
  }

  void add(const Slope& other) {
    std::transform(gradient.begin(), gradient.end(), other.gradient.begin(), gradient.begin(), std::plus<>());
    std::transform(curvature.begin(), curvature.end(), other.curvature.begin(), curvature.begin(), std::plus<>());
  }

  // With the ridge, and the other half of the curvature.
  void finish(std::span<const double> weights, std::span<const std::size_t> used) {
    for (std::size_t u = 0; u < used.size(); ++u) {
      gradient[u] -= kRidge * weights[used[u]];
      curvature[u * used.size() + u] += kRidge;
      for (std::size_t v = 0; v < u; ++v) curvature[v * used.size() + u] = curvature[u * used.size() + v];
    }
  }

  std::vector<double> gradient;
  std::vector<double> curvature;  // used × used

 private:
  std::vector<double> chances_;
  std::vector<double> mean_;
  std::vector<double> row_;
};

bool learns(Learners learners, const BlendExample& example) {
  return learners == Learners::kAll || example.odd == (learners == Learners::kOdd);
}

Slope slope_at(const std::vector<BlendExample>& examples, std::span<const double> weights,
               std::span<const std::size_t> used, Learners learners, base::ThreadPool& pool) {
  std::vector<Slope> partial(base::ThreadPool::chunks(examples.size(), kChunk), Slope(used.size()));
  pool.parallel_for(examples.size(), kChunk, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      if (learns(learners, examples[i])) partial[begin / kChunk].add(examples[i], weights, used);
    }
  });
  Slope slope(used.size());
  for (const Slope& part : partial) slope.add(part);
  slope.finish(weights, used);
  return slope;
}

// Where cyclic coordinate ascent on the quadratic model ends, kept at weights >= 0.
std::vector<double> constrained_step(const Slope& slope, std::span<const double> weights,
                                     std::span<const std::size_t> used) {
  std::vector<double> next(weights.begin(), weights.end());
  for (int sweep = 0; sweep < 100; ++sweep) {
    double largest = 0;
    for (std::size_t u = 0; u < used.size(); ++u) {
      double gradient = slope.gradient[u];
      const double* curvature = slope.curvature.data() + u * used.size();
      for (std::size_t v = 0; v < used.size(); ++v) gradient -= curvature[v] * (next[used[v]] - weights[used[v]]);
      const double moved = std::max(0.0, next[used[u]] + gradient / curvature[u]);
      largest = std::max(largest, std::abs(moved - next[used[u]]));
      next[used[u]] = moved;
    }
    if (largest < 1e-7) break;
  }
  return next;
}

}  // namespace

std::vector<double> learn_weights(const std::vector<BlendExample>& examples, const std::vector<std::uint8_t>& used,
                                  Learners learners, std::span<const double> start, base::ThreadPool& pool) {
  std::vector<double> weights(start.begin(), start.end());
  std::vector<std::size_t> indices;
  for (std::size_t p = 0; p < used.size(); ++p) {
    if (used[p] != 0) indices.push_back(p);
    if (used[p] == 0) weights[p] = 0;
  }
  for (int step = 0; step < 30; ++step) {
    const Slope slope = slope_at(examples, weights, indices, learners, pool);
    const std::vector<double> next = constrained_step(slope, weights, indices);
    double largest = 0;
    for (const std::size_t p : indices) {
      const double change = std::clamp(next[p] - weights[p], -2.0, 2.0);
      weights[p] += change;
      largest = std::max(largest, std::abs(change));
    }
    if (largest < 1e-4) break;
  }
  return weights;
}

double blended_ndcg(const BlendExample& example, std::span<const double> weights) {
  std::vector<float> scores(example.held.size());
  std::vector<std::int32_t> relevant;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = static_cast<float>(std::inner_product(
        weights.begin(), weights.end(), example.scores.begin() + static_cast<std::ptrdiff_t>(i * weights.size()), 0.0));
    if (example.held[i] != 0) relevant.push_back(static_cast<std::int32_t>(i));
  }
  if (relevant.empty()) return 0;
  Ranker ranker(static_cast<std::int32_t>(scores.size()));
  ranker.top(scores, {}, relevant, kAt);
  return ndcg(ranker.hits(), example.relevant, kAt);
}

}  // namespace mla::models
