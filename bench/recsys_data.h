#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "learning/models/training_data.h"

// The public data sets below ../shared/data/recsys, as the benchmarks split them.
namespace mla::bench {

struct Split {
  models::TrainingData train;
  std::vector<std::vector<std::int32_t>> test;  // by user, ascending; empty for users without held-out items
};

// `name` is gowalla (its published LightGCN split) or hetrec (see hold_out, share 0.2, by `seed`).
Split load_split(const std::string& name, const std::filesystem::path& recsys, std::uint64_t seed);

// Moves floor(share · n) items of each user, chosen by the seed, from train to test: the test of `split` is not looked
// at.
Split hold_out(const models::TrainingData& data, double share, std::uint64_t seed);

}  // namespace mla::bench
