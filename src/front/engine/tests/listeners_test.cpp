#include <gmock/gmock.h>

#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class Listeners : public EngineTest {
 protected:
  static recommend::Request of(const char* user) {
    recommend::Request request;
    request.user = base::UserId(user);
    request.limit = 2;
    return request;
  }
};

TEST_F(Listeners, EachIsAnsweredInOrder) {
  fill();
  ASSERT_TRUE(train().ok());
  std::vector<recommend::Request> requests = {of("m-user-0"), of("j-user-0"), of("m-user-0")};
  requests[2].algorithm = "unheard of";
  const auto answers = engine_->recommend_each(requests);
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[0]->recommendations[0].track_id, engine_->recommend(requests[0])->recommendations[0].track_id);
  EXPECT_TRUE(answers[1]->recommendations[0].track_id.str().starts_with("j"));
  EXPECT_FALSE(answers[2].ok()) << "one error is that one's alone";
  EXPECT_TRUE(engine_->recommend_each({}).empty());
}

TEST_F(Listeners, TracksAreContinued) {
  fill();
  ASSERT_TRUE(train().ok());
  ContinueRequest request;
  request.tracks = {"m1", "m2", "j1"};
  request.limit = 1;
  EXPECT_TRUE(engine_->continue_tracks(request)->recommendations[0].track_id.str().starts_with("m"));
  request.in_order = true;
  const auto session = engine_->continue_tracks(request).value();
  EXPECT_TRUE(session.recommendations[0].track_id.str().starts_with("m"));
  // A model that weighs plays goes by the last ones: .8 of each is left for the one before.
  TrainRequest weighing;
  weighing.algorithm = "item_knn";
  weighing.parameters_json = R"({})";
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  ASSERT_TRUE(engine_->train(weighing, work).ok());
  request.algorithm = "item_knn";
  request.tracks = {"j1", "j2", "m3", "m4"};
  EXPECT_TRUE(engine_->continue_tracks(request)->recommendations[0].track_id.str().starts_with("m"));
  request.tracks = {"m4", "m3", "j2", "j1"};
  EXPECT_TRUE(engine_->continue_tracks(request)->recommendations[0].track_id.str().starts_with("j"));
  request.tracks = {"nothing", "nowhere"};
  const auto unknown = engine_->continue_tracks(request);
  EXPECT_EQ(unknown.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(unknown.error().message, HasSubstr("none of the 2 tracks"));
}

TEST_F(Listeners, WhatIsKeptOfAPersonAndHowItGoes) {
  EXPECT_FALSE(engine_->listener(base::UserId("m-user-1"))->has_value());
  EXPECT_FALSE(engine_->erase_listener(base::UserId("m-user-1")).value());
  fill();
  ASSERT_TRUE(train().ok());
  ASSERT_TRUE(ask("m-user-1").ok());
  const auto data = engine_->listener(base::UserId("m-user-1")).value();
  ASSERT_TRUE(data);
  EXPECT_EQ(data->summary.events, 8);
  EXPECT_THAT(data->shown, SizeIs(2));
  EXPECT_TRUE(engine_->erase_listener(base::UserId("m-user-1")).value());
  EXPECT_FALSE(engine_->listener(base::UserId("m-user-1"))->has_value());
  // Recommended to as to somebody new.
  EXPECT_THAT(ask("m-user-1")->notes, testing::Contains(HasSubstr("no listening history")));
}

TEST_F(Listeners, TracksComeAndGo) {
  fill();
  ASSERT_TRUE(train().ok());
  const std::string best = recommended("m-user-0")[0].track_id.str();
  EXPECT_TRUE(engine_->remove_track(base::ItemId(best)).value());
  EXPECT_FALSE(engine_->remove_track(base::ItemId(best)).value());
  for (const auto& one : recommended("m-user-0")) EXPECT_NE(one.track_id.str(), best);
  std::vector<catalog::Item> items(2);
  items[0].id = base::ItemId(best);
  items[1].id = base::ItemId("brand new");
  EXPECT_EQ(engine_->put_tracks(items)->added, 2);
  EXPECT_EQ(recommended("m-user-0")[0].track_id.str(), best);
}

TEST_F(Listeners, ChartsOfTheCatalogue) {
  fill();
  const auto popular = engine_->popular(3).value();
  ASSERT_THAT(popular, SizeIs(3));
  EXPECT_THAT(popular[0].reason, HasSubstr("listeners"));
  EXPECT_TRUE(engine_->latest(3)->empty()) << "nobody knows a release date";
}

}  // namespace
}  // namespace mla::engine
