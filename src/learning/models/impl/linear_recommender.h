#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learning/models/impl/item_weights.h"
#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// A recommender whose score is ItemWeights alone: a model adds its name and its fit.
class LinearRecommender : public Recommender {
 public:
  std::int32_t items() const override { return weights_.items(); }

  void score(const Listener& listener, std::span<float> scores) const override {
    weights_.score(listener.history, play_weights_.of(listener.history), scores);
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, {&item, 1}, limit).front());
  }

  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    return weights_.explain(listener.history, play_weights_.weigh(), items, limit);
  }

  base::Status save(artifact::Writer& writer) const override {
    play_weights_.save(writer);
    weights_.save(writer);
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_CHECK(play_weights_.load(reader));
    return weights_.load(reader);
  }

 protected:
  explicit LinearRecommender(const Parameters& parameters) : play_weights_(parameters) {}

  PlayWeights play_weights_;
  ItemWeights weights_;
};

}  // namespace mla::models::impl
