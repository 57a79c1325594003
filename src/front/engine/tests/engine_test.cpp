#include "front/engine/engine.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/engine/impl/model_host.h"
#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using catalog::EventType;
using testing::Contains;
using testing::HasSubstr;
namespace fs = std::filesystem;

TEST_F(EngineTest, WithoutAModelItSaysHowToTrain) {
  const auto answer = ask("someone");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(answer.error().message, HasSubstr("ml-analytics train"));
  EXPECT_TRUE(engine_->health().healthy);
  EXPECT_FALSE(engine_->health().ready);
}

TEST_F(EngineTest, AnEmptyCatalogueCannotBeTrainedOn) {
  EXPECT_EQ(train().error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder_ / "models"));
}

TEST_F(EngineTest, RecommendsWhatTheCampPlaysWithTrueReasons) {
  fill();
  const auto report = train();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->model, "hybrid/1");
  EXPECT_EQ(report->users, 24);
  EXPECT_EQ(report->items, 20);
  const auto answer = ask("m-user-0");  // has not heard m0 and m1
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->model, "hybrid/1");
  ASSERT_EQ(answer->recommendations.size(), 2u);
  for (const recommend::Recommendation& one : answer->recommendations) {
    EXPECT_THAT((std::vector<std::string>{"m0", "m1"}), Contains(one.track_id.str()));
    EXPECT_THAT(one.recommendation_reason, HasSubstr("Metal"));
    EXPECT_GE(one.confidence_score, 0);
    EXPECT_LE(one.confidence_score, 1);
  }
  EXPECT_TRUE(engine_->health().ready);
}

TEST_F(EngineTest, NewListenersAndNewEventsNeedNoTraining) {
  fill();
  ASSERT_TRUE(train().ok());
  ASSERT_TRUE(
      engine_->add_events(std::vector{listen("new", "j2"), listen("new", "j3"), listen("new", "j4")}, "test").ok());
  for (const auto& one : recommended("new")) EXPECT_EQ(one.track_id.str()[0], 'j');
  catalog::Event ban = listen("new", ask("new")->recommendations[0].track_id.str());
  ban.type = EventType::kBan;
  ASSERT_TRUE(engine_->add_events(std::vector{ban}, "test").ok());
  for (const auto& one : recommended("new")) EXPECT_NE(one.track_id, ban.item);
}

TEST_F(EngineTest, PartsAnswerUnderTheirNames) {
  fill();
  ASSERT_TRUE(train().ok());
  EXPECT_EQ(ask("m-user-0", "collaborative")->model, "hybrid/1 (ials)");
  EXPECT_EQ(ask("m-user-0", "content_based")->model, "hybrid/1 (content)");
  EXPECT_EQ(ask("m-user-0", "deep_learning").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(ask("m-user-0", "hybird").error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(train("ials").ok());
  EXPECT_EQ(ask("m-user-0", "ials")->model, "ials/1");
}

TEST_F(EngineTest, SimilarItemsAreOfTheSameKindOfMusic) {
  fill();
  ASSERT_TRUE(train().ok());
  const auto answer = engine_->similar({.tracks = {"j5"}, .limit = 3});
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->recommendations.size(), 3u);
  for (const auto& one : answer->recommendations) {
    EXPECT_EQ(one.track_id.str()[0], 'j');
    EXPECT_NE(one.track_id.str(), "j5");
  }
  EXPECT_EQ(engine_->similar({.tracks = {"nothing"}}).error().code, ErrorCode::kNotFound);
}

TEST_F(EngineTest, ATornModelIsPassedOverAndNamed) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(train("popularity").ok());
  fs::resize_file(folder_ / "models" / "popularity" / "2" / "model.safetensors", 100);
  const auto fresh = Engine::open(settings_, *database_, clock_).value();
  recommend::Request request;
  request.user = base::UserId("m-user-0");
  const auto answer = fresh->recommend(request);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->model, "popularity/1");
  EXPECT_THAT(fresh->health().problems, Contains(HasSubstr("model.safetensors")));
  EXPECT_TRUE(fresh->health().ready);
}

TEST_F(EngineTest, NewerModelsAreSwappedInWhileRequestsRun) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(ask("m-user-0").ok());
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::thread client([&] {
    while (!stop) failed += ask("m-user-1").ok() ? 0 : 1;
  });
  const auto writer = Engine::open(settings_, *database_, clock_).value();  // another process, so to speak
  for (int version = 2; version <= 6; ++version) {
    ASSERT_TRUE(train("popularity").ok());
    ASSERT_TRUE(engine_->reload(base::CancelFlag()).ok());
    EXPECT_EQ(ask("m-user-0")->model, "popularity/" + std::to_string(version));
  }
  stop = true;
  client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_FALSE(engine_->reload(base::CancelFlag()).value());
}

TEST_F(EngineTest, WarmingAsksAboutEveryListenerUntilItIsCancelled) {
  EXPECT_EQ(engine_->warm(base::CancelFlag()), 0u) << "no model yet";
  fill();
  ASSERT_TRUE(train().ok());
  EXPECT_EQ(engine_->warm(base::CancelFlag()), 24u);
  base::CancelFlag cancelled;
  cancelled.cancel();
  EXPECT_EQ(engine_->warm(cancelled), 0u);
}

TEST_F(EngineTest, ANewerModelIsWarmedBeforeItAnswers) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  ModelHost host(settings_.models.path, engine_->catalog(), 1);
  ASSERT_EQ(host.find("popularity")->name, "popularity/1");
  ASSERT_TRUE(train("popularity").ok());
  std::vector<std::string> warmed;
  const auto changed = host.reload([&](const LoadedModel& model) {
    warmed.push_back(model.name());
    EXPECT_EQ(host.find("popularity")->name, "popularity/1") << "the old one answers meanwhile";
  });
  EXPECT_TRUE(changed.value());
  EXPECT_EQ(warmed, std::vector<std::string>{"popularity/2"});
  EXPECT_EQ(host.find("popularity")->name, "popularity/2");
}

TEST_F(EngineTest, ARenamedTrackIsShownUnderItsNewName) {
  fill();
  ASSERT_TRUE(train().ok());
  const auto before = ask("m-user-0")->recommendations[0];
  catalog::Item item = engine_->track(before.track_id).value().value();
  item.title = "New name";
  EXPECT_EQ(engine_->put_track(item)->updated, 1);
  bool found = false;
  for (const auto& one : recommended("m-user-0")) found |= one.track_name == "New name";
  EXPECT_TRUE(found);
}

TEST_F(EngineTest, OutputPathBecomesTheModelFolder) {
  fill();
  const auto report = train("popularity", folder_ / "mine");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(fs::exists(folder_ / "mine" / "manifest.json"));
  EXPECT_FALSE(fs::exists(folder_ / "models"));
}

TEST_F(EngineTest, WrongParametersAreRefusedBeforeTheWork) {
  fill();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  for (const char* parameters : {"{", "[]", "{\"factorz\": 3}", "{\"factors\": -1}", "{\"factors\": \"many\"}"}) {
    TrainRequest request;
    request.algorithm = "ials";
    request.parameters_json = parameters;
    const auto report = engine_->train(request, work);
    ASSERT_FALSE(report.ok()) << parameters;
    EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument) << parameters;
  }
}

TEST_F(EngineTest, AutoPublishesAHybridOfWhatItChoseWithTheTableItSaw) {
  fill();
  std::vector<models::Algorithm> tried = {**models::find_algorithm("popularity"), **models::find_algorithm("item_knn")};
  for (models::Algorithm& algorithm : tried) algorithm.candidates.clear();
  TrainRequest request;
  request.algorithm = "auto";
  request.automatic.algorithms = tried;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::ThreadPool pool(2);
  base::Work work{pool, progress, cancel};
  const auto report = engine_->train(request, work);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->model, "hybrid/1");
  EXPECT_THAT(report->lines, Contains(HasSubstr("* item_knn")));
  EXPECT_THAT(report->lines, Contains(HasSubstr("chosen: ")));
  const artifact::Reader reader = artifact::Reader::open(folder_ / "models" / "hybrid" / "1").value();
  const auto& seen = reader.manifest().at("metrics").at("auto").as_object();
  EXPECT_NE(seen.at("algorithm").as_string(), "popularity");
  EXPECT_EQ(seen.at("candidates").as_array().size(), 2U);

  request.parameters_json = R"({"factors": 8})";
  EXPECT_THAT(engine_->train(request, work).error().message, HasSubstr("leave --params out"));
}

TEST_F(EngineTest, ACancelledAutoPublishesNothing) {
  fill();
  TrainRequest request;
  request.algorithm = "auto";
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::ThreadPool pool(2);
  base::Work work{pool, progress, cancel};
  cancel.cancel();
  EXPECT_EQ(engine_->train(request, work).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(fs::exists(folder_ / "models" / "hybrid"));
}

TEST_F(EngineTest, ACancelledTrainingPublishesNothing) {
  fill();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  base::CancelFlag cancel;
  cancel.cancel();
  base::Work work{pool, progress, cancel};
  EXPECT_EQ(engine_->train({}, work).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(fs::exists(folder_ / "models" / "hybrid"));
}

}  // namespace
}  // namespace mla::engine
