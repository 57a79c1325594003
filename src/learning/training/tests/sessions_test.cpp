#include "learning/training/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/training/trainer.h"

namespace mla::training {
namespace {

constexpr base::UnixMillis kStart = 1'767'571'200'000;
constexpr base::UnixMillis kMinute = 60'000;

void listen(DatasetBuilder& builder, const char* user, const std::string& item, base::UnixMillis minutes,
            catalog::EventType type = catalog::EventType::kListen) {
  builder.add_event(user, item, type, 1, kStart + minutes * kMinute);
}

TEST(Sessions, EndWhereTheListenerPauses) {
  DatasetBuilder builder(true);
  listen(builder, "me", "a", 0);
  listen(builder, "me", "b", 4);
  listen(builder, "me", "a", 8);
  listen(builder, "me", "c", 39);  // 31 minutes later
  listen(builder, "you", "a", 5);
  const Dataset sessions = sessions_as_users(builder.build());
  const auto rows = sessions.data.interactions.view();
  ASSERT_EQ(rows.rows, 3);
  EXPECT_THAT(rows.row_columns(0), testing::ElementsAre(0, 1));
  EXPECT_THAT(rows.row_values(0), testing::ElementsAre(2, 1));
  EXPECT_THAT(rows.row_columns(1), testing::ElementsAre(2));
  EXPECT_THAT(rows.row_columns(2), testing::ElementsAre(0));
  EXPECT_EQ(sessions.user_ids.size(), 3U);
  EXPECT_EQ(sessions.data.times.size(), rows.size());
  EXPECT_TRUE(sessions.listens.empty());
}

TEST(Sessions, LeaveOutWhatIsDislikedAndKeepWhatHasNoTime) {
  DatasetBuilder builder(true);
  listen(builder, "me", "a", 0);
  listen(builder, "me", "b", 1);
  listen(builder, "me", "b", 2, catalog::EventType::kDislike);
  builder.add_event("me", "old", catalog::EventType::kListen, 3, std::nullopt);
  const Dataset sessions = sessions_as_users(builder.build());
  const auto rows = sessions.data.interactions.view();
  ASSERT_EQ(rows.rows, 2);
  EXPECT_THAT(rows.row_columns(0), testing::ElementsAre(0));
  EXPECT_THAT(rows.row_columns(1), testing::ElementsAre(2));
  EXPECT_THAT(rows.row_values(1), testing::ElementsAre(3));
}

TEST(Sessions, LongOnesAreCut) {
  DatasetBuilder builder(true);
  for (int i = 0; i < 250; ++i) listen(builder, "me", "t" + std::to_string(i), i);
  EXPECT_EQ(sessions_as_users(builder.build()).data.users(), 3);
}

class Alone : public testing::Test {
 protected:
  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};

  static Dataset listeners(int count) {
    DatasetBuilder builder(true);
    for (int user = 0; user < count; ++user) {
      for (int session = 0; session < 20; ++session) {
        for (int i = 0; i < 4; ++i) {
          listen(builder, std::to_string(user).c_str(), std::to_string(session % 2 * 10 + (session + i) % 6),
                 session * 1440 + i * 4);
        }
      }
    }
    return builder.build();
  }
};

TEST_F(Alone, AHybridOfFewListenersLearnsFromSessionsAndSaysSo) {
  const TrainedModel model = train(listeners(2), "hybrid", {}, work_).value();
  EXPECT_TRUE(model.learnt_alone);
  EXPECT_THAT(model.lines.front(), testing::HasSubstr("too few listeners"));
  EXPECT_EQ(model.dataset.data.users(), 2) << "the data of the bundle is that of the listeners";
  // Played in one kind of session: 0 … 5 and 10 … 15.
  std::vector<float> scores(12);
  const std::vector<models::HistoryEntry> history = {{*model.dataset.find_item("0"), 1}};
  model.model->score({history, 0}, scores);
  const auto score = [&](const char* id) { return scores[static_cast<std::size_t>(*model.dataset.find_item(id))]; };
  EXPECT_GT(score("1"), score("11"));
}

TEST_F(Alone, TwentyListenersAndNamedPartsLearnFromEachOther) {
  EXPECT_FALSE(train(listeners(20), "hybrid", {{"ials.factors", 4.0}}, work_)->learnt_alone);
  EXPECT_FALSE(train(listeners(2), "hybrid", {{"parts", std::string("item_knn")}}, work_)->learnt_alone);
  EXPECT_FALSE(train(listeners(2), "item_knn", {}, work_)->learnt_alone);
}

TEST_F(Alone, ParametersOfOtherPartsAreUnusedAndSaidSo) {
  const TrainedModel model = train(listeners(2), "hybrid", {{"ials.factors", 4.0}}, work_).value();
  EXPECT_THAT(model.lines, testing::Contains(testing::HasSubstr("unused")));
}

}  // namespace
}  // namespace mla::training
