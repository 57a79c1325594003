#pragma once

#include <cstdint>
#include <vector>

#include "foundation/base/random.h"
#include "foundation/base/work.h"
#include "learning/models/training_data.h"

// Small data for tests of item graphs.
namespace mla::models {

struct Setting {
  explicit Setting(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

inline TrainingData data_of(std::int32_t users, std::int32_t items, const std::vector<math::Triplet>& plays) {
  TrainingData data;
  data.interactions = math::make_csr(users, items, plays);
  return data;
}

// Users 0 {0, 1}, 1 {1, 2}, 2 {1}.
inline TrainingData path() { return data_of(3, 3, {{0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 2, 1}, {2, 1, 1}}); }

inline TrainingData random_data(std::int32_t users, std::int32_t items, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < users; ++u) {
    for (std::int32_t i = 0; i < items; ++i) {
      if (random.uniform() < 0.3) plays.push_back({u, i, static_cast<float>(1 + random.below(9))});
    }
  }
  return data_of(users, items, plays);
}

}  // namespace mla::models
