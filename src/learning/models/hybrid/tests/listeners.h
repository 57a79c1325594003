#pragma once

#include <string>
#include <vector>

#include "foundation/base/random.h"
#include "foundation/base/work.h"
#include "learning/models/training_data.h"

namespace mla::models {

struct Bench {
  explicit Bench(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// 200 listeners of four tastes over 80 items; nine plays in ten are of one's own taste. Items are tagged with their
// taste and carry the artist of their block of five.
inline TrainingData four_tastes(std::uint64_t seed) {
  base::Random random(seed);
  std::vector<math::Triplet> plays, tags;
  TrainingData data;
  for (std::int32_t user = 0; user < 200; ++user) {
    for (int i = 0; i < 12; ++i) {
      const auto taste = random.below(10) == 0 ? random.below(4) : static_cast<std::uint64_t>(user % 4);
      const auto within = static_cast<std::uint64_t>(20 * random.uniform() * random.uniform());
      plays.push_back({user, static_cast<std::int32_t>(20 * taste + within), static_cast<float>(1 + random.below(9))});
    }
  }
  for (std::int32_t item = 0; item < 80; ++item) {
    tags.push_back({item, item / 20, 2.0F});
    data.item_artists.push_back(item / 5);
  }
  data.interactions = math::make_csr(200, 80, plays);
  data.item_tags = math::make_csr(80, 4, tags);
  data.tag_names = {"metal", "jazz", "folk", "techno"};
  return data;
}

}  // namespace mla::models
