#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/thread_pool.h"

namespace mla::models {

// One validation user of a blend: candidates × parts relative scores.
struct BlendExample {
  std::vector<float> scores;
  std::vector<std::uint8_t> held;  // of each candidate
  std::size_t relevant = 0;        // held-out items in all, candidates or not
  std::vector<float> bests;        // of each part
  std::vector<double> part_ndcg;   // of each part
  bool odd = false;                // in which half of the users
};

// Which users to learn from: all, or one half.
enum class Learners : std::uint8_t { kAll, kEven, kOdd };

// Weights >= 0 of the parts that `used` allows (0 of the others) that maximise the mean log-probability of the held-out
// candidates under a softmax over each user's candidates, with a small ridge: Newton's method from `start`, by which
// the answer differs in rounding alone. The same at any thread count. REQUIRES: as many parts everywhere; some are
// used.
std::vector<double> learn_weights(const std::vector<BlendExample>& examples, const std::vector<std::uint8_t>& used,
                                  Learners learners, std::span<const double> start, base::ThreadPool& pool);

// NDCG@20 of a user's candidates under the weights.
double blended_ndcg(const BlendExample& example, std::span<const double> weights);

}  // namespace mla::models
