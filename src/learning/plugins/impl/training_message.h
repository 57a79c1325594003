#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "learning/models/training_data.h"

namespace mla::plugins {

// What a plugin learns from, as it lies in a message.
struct TrainingMessage {
  std::int32_t users = 0, items = 0, embedding_dims = 0;
  std::uint64_t seed = 0;
  std::span<const std::int64_t> offsets;  // users + 1
  std::span<const std::int32_t> columns;  // of a user's plays: items, ascending
  std::span<const float> weights;         // of each play
  std::span<const std::int64_t> times;    // of each play; empty: nothing is timed
  std::span<const float> embeddings;      // items × embedding_dims; a row of zeros where nobody knows
  std::span<const std::int32_t> artists;  // items; empty: no item has one
};

std::string pack(const models::TrainingData& data, std::uint64_t seed);
// REQUIRES: what `pack` wrote; the spans point into it.
TrainingMessage read_training(std::string_view bytes);

}  // namespace mla::plugins
