// Which version answers: promotion, rollback, damage.
#include <fstream>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/engine/engine.h"
#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::Contains;
using testing::HasSubstr;
namespace fs = std::filesystem;

class PromotionTest : public EngineTest {};

TEST_F(PromotionTest, ManualPromotionKeepsTheChampionUntilItIsToldOtherwise) {
  settings_.models.promotion = "manual";
  fill();
  ASSERT_TRUE(train("popularity").ok());
  EXPECT_EQ(ask("m-user-0")->model, "popularity/1") << "the first version has nobody to challenge";
  const auto second = train("popularity");
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(second->model, "popularity/2");
  EXPECT_THAT(second->lines, Contains(HasSubstr("models promote popularity")));
  EXPECT_FALSE(engine_->reload(base::CancelFlag()).value());
  EXPECT_EQ(ask("m-user-0")->model, "popularity/1");

  const auto challenger = engine_->models().resolve("popularity", "challenger");
  ASSERT_TRUE(engine_->models().promote(*challenger, engine_->try_out()).ok());
  EXPECT_TRUE(engine_->reload(base::CancelFlag()).value());
  EXPECT_EQ(ask("m-user-0")->model, "popularity/2");
  ASSERT_TRUE(engine_->models().rollback("popularity", engine_->try_out()).ok());
  EXPECT_TRUE(engine_->reload(base::CancelFlag()).value());
  EXPECT_EQ(ask("m-user-0")->model, "popularity/1");
}

TEST_F(PromotionTest, PromotionAndRollbackFailNoRequest) {
  fill();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::thread client([&] {
    while (!stop) failed += ask("m-user-1").ok() ? 0 : 1;
  });
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(engine_->models().rollback("popularity", engine_->try_out()).ok());
    ASSERT_TRUE(engine_->reload(base::CancelFlag()).value());
    EXPECT_EQ(ask("m-user-0")->model, "popularity/1");
    ASSERT_TRUE(
        engine_->models().promote(engine_->models().resolve("popularity", "newest").value(), engine_->try_out()).ok());
    ASSERT_TRUE(engine_->reload(base::CancelFlag()).value());
    EXPECT_EQ(ask("m-user-0")->model, "popularity/2");
  }
  stop = true;
  client.join();
  EXPECT_EQ(failed, 0);
}

TEST_F(PromotionTest, BytesThatRotWhileTheyAreServedAreLeftForThePreviousVersion) {
  fill();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  const fs::path weights = folder_ / "models" / "popularity" / "2" / "model.safetensors";
  {
    std::fstream file(weights, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x7f');
  }
  const auto fresh = Engine::open(settings_, *database_, clock_).value();
  recommend::Request request;
  request.user = base::UserId("m-user-0");
  ASSERT_EQ(fresh->recommend(request)->model, "popularity/2") << "sizes and headers are right";
  EXPECT_TRUE(fresh->reload(base::CancelFlag()).value());
  EXPECT_EQ(fresh->recommend(request)->model, "popularity/1");
  EXPECT_THAT(fresh->health().problems,
              Contains(testing::AllOf(HasSubstr("SHA-256"), HasSubstr("popularity/1 answers"))));
  EXPECT_FALSE(fresh->reload(base::CancelFlag()).value());
  ASSERT_TRUE(train("popularity").ok());
  EXPECT_TRUE(fresh->reload(base::CancelFlag()).value());
  EXPECT_EQ(fresh->recommend(request)->model, "popularity/3");
  EXPECT_THAT(fresh->health().problems, testing::IsEmpty()) << "what is right again is not told any more";
}

TEST_F(PromotionTest, TheOnlyModelAnswersEvenDamagedAndSaysSo) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(ask("m-user-0").ok());
  std::ofstream(folder_ / "models" / "popularity" / "1" / "manifest.json", std::ios::app) << " ";
  EXPECT_FALSE(engine_->reload(base::CancelFlag()).value());
  EXPECT_TRUE(ask("m-user-0").ok());
  EXPECT_THAT(engine_->health().problems, Contains(HasSubstr("manifest")));
}

TEST_F(PromotionTest, DamagedAliasesCostTheChoiceNotTheService) {
  fill();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(engine_->models().rollback("popularity", {}).ok());
  std::ofstream(folder_ / "models" / "popularity" / "aliases.json", std::ios::trunc) << "{}";
  const auto fresh = Engine::open(settings_, *database_, clock_).value();
  recommend::Request request;
  request.user = base::UserId("m-user-0");
  EXPECT_EQ(fresh->recommend(request)->model, "popularity/2");
  EXPECT_THAT(fresh->health().problems, Contains(HasSubstr("aliases.json")));
}

TEST_F(PromotionTest, WhatDoesNotLoadIsNotPromoted) {
  fill();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  // Whole as far as bytes go, and no recommender.
  artifact::Writer writer;
  const std::vector<float> weights{1, 2};
  writer.add("w", std::span<const float>(weights), {2});
  artifact::Description description;
  description.id = "popularity";
  description.model_type = "recommendation";
  const auto odd = artifact::publish(settings_.models.path, description, writer).value();
  EXPECT_EQ(engine_->models().promote(odd, engine_->try_out()).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(engine_->reload(base::CancelFlag()).value());
  EXPECT_EQ(ask("m-user-0")->model, "popularity/2");
}

TEST_F(PromotionTest, LineageNamesTheServedModelAndUpdatesGoOnFromIt) {
  fill();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(engine_->models().rollback("popularity", {}).ok());
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  TrainRequest request;
  request.algorithm = "popularity";
  request.update = true;
  ASSERT_EQ(engine_->train(request, work)->model, "popularity/3");
  const auto manifest = [&](const char* version) {
    return artifact::Reader::open(folder_ / "models" / "popularity" / version)->manifest();
  };
  EXPECT_TRUE(manifest("1").at("parent").is_null());
  EXPECT_EQ(manifest("2").at("parent").as_int64(), 1);
  EXPECT_FALSE(manifest("2").at("continued").as_bool());
  EXPECT_EQ(manifest("3").at("parent").as_int64(), 1) << "the champion, not the newest";
  EXPECT_TRUE(manifest("3").at("continued").as_bool());
  EXPECT_FALSE(manifest("3").at("code_version").as_string().empty());
  EXPECT_TRUE(manifest("3").at("data_until").is_null()) << "untimed events";
}

}  // namespace
}  // namespace mla::engine
