#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "front/engine/tests/engine_fixture.h"
#include "serving/experiments/outcomes.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using experiments::Experiment;
using testing::HasSubstr;

class EngineExperiments : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    settings_.models.promotion = "manual";
    fill();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(train("popularity").ok());
  }

  static bool reload(Engine& engine) { return engine.reload(base::CancelFlag()).value(); }

  static std::string user(int i) { return "listener-" + std::to_string(i); }

  static ExperimentRequest canary(int listeners = 10) {
    return {.name = "", .challenger = "popularity", .percent = 50, .canary = true, .listeners = listeners, .hours = 1};
  }

  // Listeners ask and then play what they are shown, or, if the treatment answers and is `poor`, skip it.
  void listeners_come(int first, int count, bool poor) {
    for (int i = first; i < first + count; ++i) {
      const auto answer = ask(user(i));
      ASSERT_TRUE(answer.ok());
      catalog::Event event = listen(user(i), answer->recommendations.at(0).track_id.str());
      event.type = poor && answer->model == "popularity/2" ? catalog::EventType::kSkip : catalog::EventType::kListen;
      event.time = clock_.now() + 1000;
      ASSERT_TRUE(engine_->add_events(std::span(&event, 1), "test").ok());
    }
  }

  Experiment now(const Experiment& one) { return engine_->experiments().find(one.plan.name).value(); }
};

TEST_F(EngineExperiments, ListenersAreDividedByTheHashAndSayWhoAnswers) {
  ExperimentRequest request{.name = "half", .challenger = "popularity"};
  ASSERT_TRUE(engine_->start_experiment(request).ok());
  EXPECT_EQ(ask(user(0))->model, "popularity/1") << "nobody has looked yet";
  reload(*engine_);
  const auto replica = Engine::open(settings_, *database_, clock_).value();
  reload(*replica);
  for (int i = 0; i < 60; ++i) {
    const auto arm = experiments::arm_of("half", base::UserId(user(i)), 5000);
    const char* expected = arm == experiments::Arm::kTreatment ? "popularity/2" : "popularity/1";
    EXPECT_EQ(ask(user(i))->model, expected);
    recommend::Request same;
    same.user = base::UserId(user(i));
    EXPECT_EQ(replica->recommend(same)->model, expected) << "replicas agree";
  }
  EXPECT_EQ(ask("")->model, "popularity/1") << "nobody is on no side";
  reload(*engine_);
  const Experiment one = engine_->experiments().find("half").value();
  const auto report = experiments::report(one, engine_->catalog(), engine_->experiments()).value();
  EXPECT_EQ(report.control + report.treatment, 60);

  ASSERT_TRUE(engine_->experiments().end(one, experiments::State::kStopped, "", clock_.now()).value());
  reload(*engine_);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(user(i))->model, "popularity/1");
}

TEST_F(EngineExperiments, APoorCanaryIsRolledBackByItself) {
  const Experiment one = engine_->start_experiment(canary(1000)).value();
  EXPECT_EQ(one.plan.name, "canary-popularity-2");
  reload(*engine_);
  listeners_come(0, 100, true);
  reload(*engine_);
  EXPECT_EQ(now(one).state, experiments::State::kRolledBack);
  EXPECT_THAT(now(one).reason, HasSubstr("skip rate"));
  for (int i = 0; i < 30; ++i) EXPECT_EQ(ask(user(i))->model, "popularity/1");
  EXPECT_EQ(engine_->start_experiment(canary())->plan.name, "canary-popularity-2-2") << "a name is used once";
}

TEST_F(EngineExperiments, AGoodCanaryGoesToAllOnceItsListenersAndItsTimeHavePassed) {
  const Experiment one = engine_->start_experiment(canary()).value();
  reload(*engine_);
  listeners_come(0, 60, false);
  reload(*engine_);
  EXPECT_EQ(now(one).state, experiments::State::kRunning) << "an hour is not over";
  clock_.advance(3'600'000);
  // After a restart, by another replica.
  engine_ = Engine::open(settings_, *database_, clock_).value();
  ASSERT_TRUE(ask(user(0)).ok());
  EXPECT_TRUE(reload(*engine_));
  EXPECT_EQ(now(one).state, experiments::State::kPromoted);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(user(i))->model, "popularity/2");
  ASSERT_TRUE(engine_->models().rollback("popularity", engine_->try_out()).ok()) << "and back in one call";
}

TEST_F(EngineExperiments, AnotherChampionEndsThem) {
  const Experiment one = engine_->start_experiment(canary()).value();
  reload(*engine_);
  ASSERT_TRUE(train("popularity").ok());
  const auto third = engine_->models().resolve("popularity/3", "champion").value();
  ASSERT_TRUE(engine_->models().promote(third, engine_->try_out()).ok());
  reload(*engine_);
  EXPECT_EQ(now(one).state, experiments::State::kStopped);
  EXPECT_THAT(now(one).reason, HasSubstr("popularity/3 became champion"));
}

TEST_F(EngineExperiments, ATreatmentThatDoesNotLoadIsRolledBackAndFailsNobody) {
  const Experiment one = engine_->start_experiment(canary()).value();
  std::filesystem::remove_all(folder_ / "models" / "popularity" / "2");
  reload(*engine_);
  EXPECT_EQ(now(one).state, experiments::State::kRolledBack);
  EXPECT_THAT(now(one).reason, HasSubstr("popularity/2 does not load"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(user(i))->model, "popularity/1");
}

TEST_F(EngineExperiments, WhatCannotStartIsTold) {
  const auto refused = [&](const ExperimentRequest& request) { return engine_->start_experiment(request).error(); };
  EXPECT_EQ(refused({.name = "x", .challenger = "popularity/9"}).code, ErrorCode::kNotFound);
  EXPECT_THAT(refused({.name = "x", .challenger = "popularity/1"}).message, HasSubstr("is what is served already"));
  for (const double percent : {0.0, -1.0, 100.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(refused({.name = "x", .challenger = "popularity", .percent = percent}).message,
                HasSubstr("a share of"));
  }
  EXPECT_THAT(engine_->experiments().list().value(), testing::IsEmpty());
}

}  // namespace
}  // namespace mla::engine
