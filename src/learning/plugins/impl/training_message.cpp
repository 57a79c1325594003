#include "learning/plugins/impl/training_message.h"

#include "learning/plugins/impl/message.h"

namespace mla::plugins {

std::string pack(const models::TrainingData& data, std::uint64_t seed) {
  Packer packer;
  const std::int32_t sizes[] = {data.users(), data.items(), static_cast<std::int32_t>(data.item_sounds.cols())};
  packer.array(std::span<const std::int32_t>(sizes));
  packer.value(seed);
  packer.array(std::span<const std::int64_t>(data.interactions.offsets));
  packer.array(std::span<const std::int32_t>(data.interactions.columns));
  packer.array(std::span<const float>(data.interactions.values));
  packer.array(std::span<const std::int64_t>(data.times));
  packer.array(data.item_sounds.values());
  packer.array(std::span<const std::int32_t>(data.item_artists));
  return packer.bytes();
}

TrainingMessage read_training(std::string_view bytes) {
  Unpacker unpacker(bytes);
  TrainingMessage message;
  if (const auto sizes = unpacker.array<std::int32_t>(); sizes.size() == 3) {
    message.users = sizes[0];
    message.items = sizes[1];
    message.embedding_dims = sizes[2];
  }
  message.seed = unpacker.value<std::uint64_t>();
  message.offsets = unpacker.array<std::int64_t>();
  message.columns = unpacker.array<std::int32_t>();
  message.weights = unpacker.array<float>();
  message.times = unpacker.array<std::int64_t>();
  message.embeddings = unpacker.array<float>();
  message.artists = unpacker.array<std::int32_t>();
  return message;
}

}  // namespace mla::plugins
