#include "learning/models/hybrid/true_evidence.h"

#include <gtest/gtest.h>

namespace mla::models {
namespace {

using Kind = Evidence::Kind;

// Scores that a table says: score(item) = sum over the history of worth[history item][item].
class Table : public Recommender {
 public:
  explicit Table(std::vector<std::vector<float>> worth, bool has_effects = true)
      : worth_(std::move(worth)), has_effects_(has_effects) {}
  std::string_view name() const override { return "table"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(worth_.size()); }
  base::Status fit(const TrainingData&, base::Work&) override { return {}; }
  void score(const Listener& listener, std::span<float> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0F);
    for (const HistoryEntry& entry : listener.history) {
      for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += worth_[static_cast<std::size_t>(entry.item)][i];
    }
  }
  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t) const override {
    std::vector<Evidence> facts;
    for (const HistoryEntry& entry : listener.history) {
      const float worth = worth_[static_cast<std::size_t>(entry.item)][static_cast<std::size_t>(item)];
      if (worth > 0) facts.push_back({Kind::kCoListening, entry.item, worth});
    }
    return facts;
  }
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    if (!has_effects_) return std::nullopt;
    std::vector<float> all(worth_.size());
    score(listener, all);
    Effects effects{{}, math::Matrix(facts.size(), items.size())};
    for (std::size_t i = 0; i < items.size(); ++i) {
      effects.scores.push_back(all[static_cast<std::size_t>(items[i])]);
      for (std::size_t f = 0; f < facts.size(); ++f) {
        if (facts[f].kind != Kind::kCoListening) continue;
        effects.lost(f, i) = worth_[static_cast<std::size_t>(facts[f].id)][static_cast<std::size_t>(items[i])];
      }
    }
    return effects;
  }
  base::Status save(artifact::Writer&) const override { return {}; }
  base::Status load(const artifact::Reader&) override { return {}; }

 private:
  std::vector<std::vector<float>> worth_;
  bool has_effects_;
};

const std::vector<HistoryEntry> kHistory{{0, 1}, {1, 1}};

BlendPart part(const Table& table, float weight, const std::vector<std::int32_t>& items) {
  return {&table, weight, 1, table.explain_batch({kHistory, 0}, items, 6)};
}

TEST(TrueEvidence, IsWhatTheShareOfTheBestLoses) {
  // Item 2 scores 1 + 1, the best one, item 3, 4 + 0. Without item 0: 1 of 1, so its share rises from 1/2 to 1.
  // Without item 1: 1 of 4, so it falls to 1/4.
  const Table table({{0, 0, 1, 4}, {0, 0, 1, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const std::vector<std::int32_t> items{2};
  const std::vector<BlendPart> parts{part(table, 2, items)};
  const auto facts = true_evidence(parts, {kHistory, 0}, items, std::vector<std::int32_t>{3}, 6);
  ASSERT_EQ(facts[0].size(), 1u);
  EXPECT_EQ(facts[0][0].id, 1);
  EXPECT_FLOAT_EQ(facts[0][0].contribution, 2 * 0.25F);
}

TEST(TrueEvidence, WhatRoundingLeavesIsNothing) {
  // All that items 2 and 3 have is from item 0. The effects are summed in another order than the scores and miss a
  // ten-millionth: the rest of one divided by the rest of the other would say that item 2 loses nothing.
  class Rounded final : public Table {
   public:
    using Table::Table;
    std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                   std::span<const std::int32_t> items) const override {
      auto effects = Table::effects(listener, facts, items);
      for (float& lost : effects->lost.values()) lost *= 1 - 1e-7F;
      return effects;
    }
  };
  const Rounded table({{0, 0, 3, 3}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const std::vector<std::int32_t> items{2};
  const std::vector<BlendPart> parts{part(table, 1, items)};
  const auto facts = true_evidence(parts, {kHistory, 0}, items, std::vector<std::int32_t>{3}, 6);
  ASSERT_EQ(facts[0].size(), 1u);
  EXPECT_EQ(facts[0][0].id, 0);
  EXPECT_FLOAT_EQ(facts[0][0].contribution, 1);
}

TEST(TrueEvidence, OtherPartsMayTakeAway) {
  // Item 2 has 1/4 of the best in one part and 1/2 in the other. Without item 0: nothing and all. Without item 1: 1/2
  // and nothing.
  const Table likes({{0, 0, 1, 2}, {0, 0, 0, 2}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const Table dislikes({{0, 0, -3, 0}, {0, 0, 4, 2}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const std::vector<std::int32_t> items{2, 3};
  const std::vector<BlendPart> both{part(likes, 1, items), part(dislikes, 1, items)};
  const auto facts = true_evidence(both, {kHistory, 0}, items, {}, 6);
  ASSERT_EQ(facts[0].size(), 1u);
  EXPECT_EQ(facts[0][0].id, 1);
  EXPECT_FLOAT_EQ(facts[0][0].contribution, 0.5F - 0.25F);
  const auto alone = true_evidence(std::span(both).first(1), {kHistory, 0}, items, {}, 6);
  ASSERT_EQ(alone[0].size(), 1u);
  EXPECT_EQ(alone[0][0].id, 0);
}

TEST(TrueEvidence, TagsMustMatterWithTheirItem) {
  // The content part says that item 2 shares tag 9 with item 0, but nothing changes when item 0 goes.
  const Table table({{0, 0, 0, 0}, {0, 0, 1, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const std::vector<std::int32_t> items{2};
  BlendPart content = part(table, 1, items);
  content.proposed[0].push_back({Kind::kSharedTag, 9, 5, 0});
  content.proposed[0].push_back({Kind::kPopular, -1, 3});
  const auto facts = true_evidence(std::span(&content, 1), {kHistory, 0}, items, std::vector<std::int32_t>{3}, 6);
  for (const Evidence& fact : facts[0]) EXPECT_NE(fact.kind, Kind::kSharedTag);
  EXPECT_EQ(facts[0][0].kind, Kind::kPopular);  // loses nothing, stays as the part says
}

TEST(TrueEvidence, AnItemIsNoEvidenceForItself) {
  const Table table({{5, 0, 0, 0}, {1, 0, 0, 2}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const std::vector<std::int32_t> items{0};
  const std::vector<BlendPart> parts{part(table, 1, items)};
  const auto facts = true_evidence(parts, {kHistory, 0}, items, std::vector<std::int32_t>{3}, 6);
  for (const Evidence& fact : facts[0]) EXPECT_NE(fact.id, 0);
}

TEST(TrueEvidence, APartThatCannotSayIsTakenAtItsWord) {
  const Table table({{0, 0, 1, 4}, {0, 0, 2, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}}, false);
  const std::vector<std::int32_t> items{2};
  BlendPart silent = part(table, 3, items);
  silent.typical_best = 6;
  const auto facts = true_evidence(std::span(&silent, 1), {kHistory, 0}, items, std::vector<std::int32_t>{3}, 1);
  ASSERT_EQ(facts[0].size(), 1u);  // the limit
  EXPECT_EQ(facts[0][0].id, 1);
  EXPECT_FLOAT_EQ(facts[0][0].contribution, 2 * 3 / 6.0F);
}

}  // namespace
}  // namespace mla::models
