// Mixes of a library: learnt from its sound, and not the same tomorrow.
#include <gmock/gmock.h>

#include "front/engine/tests/analysed_library.h"
#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class MixesTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    put_analysed_library(engine_->catalog());
  }
  recommend::Request three_like_t15() const {
    recommend::Request request;
    request.user = base::UserId("me");
    request.reference_tracks = {"t15"};
    request.limit = 3;
    return request;
  }
  void next_day() { clock_.set(clock_.now() + base::kMillisPerDay); }
};

TEST_F(MixesTest, ALibraryThatNobodyHasPlayedIsLearntFromItsSound) {
  const auto report = train();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_THAT(report->lines, Contains("the sound of 12 of 12 items is known"));
  const auto answer = engine_->similar({.tracks = {"t15"}, .limit = 2});
  EXPECT_THAT(ids(answer), testing::UnorderedElementsAre("t14", "t16"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "sounds like Song 5");
}

TEST_F(MixesTest, SeveralSeedsAndLessLikeThis) {
  ASSERT_TRUE(train().ok());
  // The seeds are the ends of the half circle: what is most like both lies between them.
  EXPECT_THAT(ids(engine_->similar({.tracks = {"t10", "t21"}, .limit = 4})),
              testing::UnorderedElementsAre("t14", "t15", "t16", "t17"));
  const auto less = ids(engine_->similar({.tracks = {"t10", "t21"}, .less_like = {"t20"}, .limit = 4}));
  EXPECT_THAT(less, testing::UnorderedElementsAre("t13", "t14", "t15", "t16")) << "away from t20";
  const auto all = ids(engine_->similar({.tracks = {"t10", "t21"}, .less_like = {"t20"}, .limit = 12}));
  EXPECT_THAT(all, testing::SizeIs(9));
  EXPECT_THAT(all, Not(Contains("t20")));
  const auto unknown = engine_->similar({.tracks = {"t10"}, .less_like = {"?"}});
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("'?'"));
}

TEST_F(MixesTest, AMixIsTheSameAllDayAndAnotherTomorrow) {
  ASSERT_TRUE(train().ok());
  const recommend::Request request = three_like_t15();
  const auto today = ids(engine_->recommend(request));
  ASSERT_TRUE(engine_->reload(base::CancelFlag()).ok());  // writes what was shown
  EXPECT_EQ(ids(engine_->recommend(request)), today);
  next_day();
  const auto tomorrow = ids(engine_->recommend(request));
  ASSERT_EQ(tomorrow.size(), 3u);
  for (const std::string& id : today) EXPECT_THAT(tomorrow, Not(Contains(id)));
}

TEST_F(MixesTest, WhatIsNotToBeRememberedIsNot) {
  ASSERT_TRUE(train().ok());
  recommend::Request request = three_like_t15();
  request.remember_shown = false;
  const auto today = ids(engine_->recommend(request));
  next_day();
  EXPECT_EQ(ids(engine_->recommend(request)), today);
  request.remember_shown = true;
  EXPECT_EQ(ids(engine_->recommend(request)), today) << "asking without memory left no trace";
  ASSERT_TRUE(engine_->reload(base::CancelFlag()).ok());
  next_day();
  settings_.recommendations.remember_shown = false;
  EXPECT_EQ(ids(engine_->recommend(request)), today) << "the setting";
}

TEST_F(MixesTest, WithoutAUserNothingIsRemembered) {
  ASSERT_TRUE(train().ok());
  recommend::Request request = three_like_t15();
  request.user = {};
  const auto today = ids(engine_->recommend(request));
  ASSERT_TRUE(engine_->reload(base::CancelFlag()).ok());
  next_day();
  EXPECT_EQ(ids(engine_->recommend(request)), today);
}

TEST_F(MixesTest, TheGateLearnsFromSoundToo) {
  std::vector<catalog::Event> events;
  for (int user = 0; user < 30; ++user) {
    for (int i = 18; i < 22; ++i) events.push_back(listen("u" + std::to_string(user), "t" + std::to_string(i)));
  }
  ASSERT_TRUE(engine_->add_events(events, "test").ok());
  ASSERT_TRUE(train("content").ok());
  ASSERT_TRUE(train("popularity").ok());
  const auto content = engine_->models().resolve("content", "champion");
  const auto popularity = engine_->models().resolve("popularity", "champion");
  ASSERT_TRUE(content.ok() && popularity.ok());
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const auto compared = engine_->compare(*popularity, *content, work);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  ASSERT_FALSE(compared->as_published) << "both recipes learn again";
  // They share no tag and no artist: without sound all others would be level, and the eight before them come first.
  EXPECT_GT(compared->verdict.contests.front().challenger, 0.9);
}

}  // namespace
}  // namespace mla::engine
