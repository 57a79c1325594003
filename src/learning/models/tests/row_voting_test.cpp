// What recommenders that follow the order of a history, or let stored rows vote, say about their own scores.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/models/sequence/tests/sequences.h"

namespace mla::models {
namespace {

using sequences::data_in_order;
using sequences::history_in_order;
using sequences::scores_of;

artifact::Description described() {
  artifact::Description description;
  description.id = "m";
  description.model_type = "recommendation";
  return description;
}

// Few neighbours, so that leaving an item out also changes who votes.
std::unique_ptr<Recommender> fitted_narrowly(const std::string& name) {
  return sequences::fitted(name, data_in_order(40, sequences::ring_walks(80)), {{"neighbours", 5.0}});
}

class HistoryEvidence : public testing::TestWithParam<const char*> {};

TEST_P(HistoryEvidence, IsExactlyWhatTheScoreLosesWithoutIt) {
  const auto model = fitted_narrowly(GetParam());
  int named = 0;
  for (const auto& walk : sequences::ring_walks(6, 4)) {
    const auto history = history_in_order(walk);
    const auto before = scores_of(*model, history);
    for (std::int32_t item = 0; item < 40; ++item) {
      for (const Evidence& evidence : model->explain({history, 0}, item, 3)) {
        auto without = history;
        std::erase_if(without, [&](const HistoryEntry& entry) { return entry.item == evidence.id; });
        const auto i = static_cast<std::size_t>(item);
        const float lost = before[i] - scores_of(*model, without)[i];
        EXPECT_NEAR(lost, evidence.contribution, 1e-5F * (1 + before[i])) << "item " << item;
        EXPECT_GT(lost, 0);
        ++named;
      }
    }
  }
  EXPECT_GT(named, 100);
}

TEST_P(HistoryEvidence, OfManyItemsIsThatOfEach) {
  const auto model = fitted_narrowly(GetParam());
  const auto history = history_in_order(sequences::ring_walks(1, 7).front());
  const std::vector<std::int32_t> items{31, 4, 4, 17};
  const auto together = model->explain_batch({history, 0}, items, 2);
  ASSERT_EQ(together.size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto alone = model->explain({history, 0}, items[i], 2);
    ASSERT_EQ(together[i].size(), alone.size());
    for (std::size_t e = 0; e < alone.size(); ++e) {
      EXPECT_EQ(together[i][e].id, alone[e].id);
      EXPECT_EQ(together[i][e].contribution, alone[e].contribution);
    }
  }
  EXPECT_TRUE(model->explain({history, 0}, 4, 0).empty());
}

INSTANTIATE_TEST_SUITE_P(Models, HistoryEvidence, testing::Values("user_knn", "session_knn", "markov"),
                         [](const auto& tested) { return std::string(tested.param); });

class RowVotingFiles : public testing::TestWithParam<const char*> {};

TEST_P(RowVotingFiles, OfAnotherShapeAreRefused) {
  const auto model = fitted_narrowly("user_knn");
  artifact::Writer good;
  ASSERT_TRUE(model->save(good).ok());
  const artifact::TemporaryFolder folder;
  const std::vector<float> few(3, 1.0F);
  artifact::Writer writer = good;
  writer.add(GetParam(), std::span<const float>(few), {3});
  const auto published = artifact::publish(folder.path(), described(), writer);
  ASSERT_TRUE(published.ok()) << published.error().message;
  auto loaded = make_recommender("user_knn", {}).value();
  const base::Status status = loaded->load(*artifact::Reader::open(published->folder));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
  EXPECT_THAT(status.error().message, testing::HasSubstr(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Tensors, RowVotingFiles, testing::Values("match_weights", "vote_scales"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace mla::models
