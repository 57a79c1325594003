#pragma once

#include <cmath>
#include <optional>

#include "front/engine/engine.h"

// A model of one's own: an item scores by how many listeners play it and what the listener has heard.
class Together final : public mla::BaseRecommendationModel {
 public:
  static mla::models::Algorithm algorithm() {
    return {"together",
            "how many listeners two items share",
            {{"exponent", 0.5, 0, 2, "how much popular items are held back"}},
            [](const mla::models::Parameters& given) { return std::make_unique<Together>(given.number("exponent")); }};
  }
  explicit Together(double exponent) : exponent_(exponent) {}

  std::string_view name() const override { return "together"; }
  std::int32_t items() const override { return items_; }

  mla::base::Status fit(const mla::models::TrainingData& data, mla::base::Work& work) override {
    items_ = data.items();
    const auto count = static_cast<std::size_t>(items_);
    owned_.assign(count * count, 0.0F);
    const auto pairs = data.interactions.view();
    for (std::int32_t user = 0; user < pairs.rows; ++user) {
      MLA_CHECK(work.check());
      for (const std::int32_t a : pairs.row_columns(user)) {
        for (const std::int32_t b : pairs.row_columns(user)) owned_[index(a, b)] += 1;
      }
    }
    shared_ = owned_;
    return {};
  }

  void score(const mla::models::Listener& listener, std::span<float> scores) const override {
    for (std::int32_t item = 0; item < items_; ++item) {
      float& score = scores[static_cast<std::size_t>(item)] = 0;
      for (const auto& heard : listener.history) score += share(heard.item, item);
    }
  }

  std::vector<mla::models::Evidence> explain(const mla::models::Listener& listener, std::int32_t item,
                                             std::size_t limit) const override {
    std::vector<mla::models::Evidence> facts;
    for (const auto& heard : listener.history) {
      const float part = share(heard.item, item);
      if (part > 0) facts.push_back({mla::models::Evidence::Kind::kCoListening, heard.item, part});
    }
    std::ranges::sort(facts, std::greater(), &mla::models::Evidence::contribution);
    facts.resize(std::min(facts.size(), limit));
    return facts;
  }

  mla::base::Status save(mla::artifact::Writer& writer) const override {
    writer.add("shared", shared_, {items_, items_});
    return {};
  }

  mla::base::Status load(const mla::artifact::Reader& reader) override {
    MLA_ASSIGN(shared_, reader.floats("shared"));
    items_ = static_cast<std::int32_t>(std::lround(std::sqrt(static_cast<double>(shared_.size()))));
    if (index(items_, 0) != shared_.size())
      return mla::base::Error{mla::base::ErrorCode::kCorrupt, "model tensor 'shared' is not square"};
    reader_ = reader;  // keeps the mapping alive
    return {};
  }

 private:
  std::size_t index(std::int32_t a, std::int32_t b) const {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(items_) + static_cast<std::size_t>(b);
  }
  float share(std::int32_t heard, std::int32_t item) const {
    const float listeners = shared_[index(item, item)];
    return listeners > 0 ? shared_[index(heard, item)] / std::pow(listeners, static_cast<float>(exponent_)) : 0;
  }

  double exponent_;
  std::int32_t items_ = 0;
  std::vector<float> owned_;
  std::span<const float> shared_;  // items × items: listeners of both; owned_, or mapped by reader_
  std::optional<mla::artifact::Reader> reader_;
};
