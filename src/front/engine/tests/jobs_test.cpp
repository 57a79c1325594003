// Trainings as jobs: what is queued, what a worker does with it, and that nothing is published twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/engine/engine.h"
#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class JobsTest : public EngineTest {
 protected:
  static TrainRequest training(const std::string& algorithm) {
    TrainRequest request;
    request.algorithm = algorithm;
    return request;
  }
  jobs::Claim take() {
    const jobs::Job job = engine_->jobs().take("runner").value().value();
    return {job.id, job.owner, job.attempt};
  }
  base::Result<std::string> work_on(const jobs::Claim& claim) {
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    return engine_->work_on(claim, work);
  }
  void lose_lease() { clock_.advance(static_cast<base::UnixMillis>(settings_.jobs.lease_seconds * 1000) + 1); }
  std::size_t versions(const std::string& model) { return engine_->models().versions(model)->size(); }
};

TEST_F(JobsTest, AQueuedTrainingIsDoneByWhoeverHoldsItsClaim) {
  fill();
  const jobs::Job job = engine_->submit(training("popularity")).value();
  EXPECT_EQ(job.kind, "train");
  EXPECT_EQ(job.model, "popularity");
  const jobs::Claim claim = take();
  const auto result = work_on(claim);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(*result, HasSubstr(R"("model":"popularity/1")"));
  EXPECT_EQ(ask("m-user-0")->model, "popularity/1");
  const auto manifest = artifact::Reader::open(folder_ / "models" / "popularity" / "1")->manifest();
  EXPECT_EQ(std::string_view(manifest.at("job").as_string()), job.id);
}

TEST_F(JobsTest, WhatItWorksOnIsTheModelThatItPublishes) {
  EXPECT_EQ(engine_->submit(training("auto"))->model, "hybrid");
  EXPECT_EQ(engine_->submit(training("content_based"))->model, "content");
  TrainRequest elsewhere = training("popularity");
  elsewhere.output_path = "/some/where/../model";
  EXPECT_EQ(engine_->submit(elsewhere)->model, "/some/model");
}

TEST_F(JobsTest, AScheduleQueuesTheTrainingThatSubmitWould) {
  fill();
  const jobs::Schedule schedule = engine_->schedule(training("popularity"), "0 2 * * *", "UTC").value();
  EXPECT_EQ(schedule.job.model, "popularity");
  EXPECT_EQ(engine_->schedules().list()->front().id, schedule.id);
  clock_.set(*schedule.next);
  ASSERT_EQ(engine_->schedules().queue_due()->queued.size(), 1u);
  EXPECT_THAT(work_on(take()).value(), HasSubstr("popularity/1"));
  EXPECT_EQ(engine_->schedule(training("nope"), "0 2 * * *", "UTC").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(engine_->schedule(training("popularity"), "0 2 * *", "UTC").error().code, ErrorCode::kInvalidArgument);
  settings_.database.url = "sqlite:///:memory:";
  EXPECT_EQ(engine_->schedule(training("popularity"), "0 3 * * *", "UTC").error().code, ErrorCode::kUnsupported);
}

TEST_F(JobsTest, WrongWordsAreRefusedAsTrainRefusesThem) {
  fill();
  TrainRequest with_parameters = training("popularity");
  with_parameters.parameters_json = R"({"nope": 1})";
  TrainRequest automatic = training("auto");
  automatic.parameters_json = R"({"factors": 8})";
  TrainRequest update = training("auto");
  update.update = true;
  for (const TrainRequest& wrong : {training("nope"), with_parameters, automatic, update}) {
    base::ThreadPool pool(1);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    const auto queued = engine_->submit(wrong);
    ASSERT_EQ(queued.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(queued.error().message, engine_->train(wrong, work).error().message);
  }
  EXPECT_EQ(engine_->jobs().waiting().value(), 0);
}

TEST_F(JobsTest, ADatabaseInMemoryTakesNoJobs) {
  settings_.database.url = "sqlite:///:memory:";
  EXPECT_EQ(engine_->submit(training("popularity")).error().code, ErrorCode::kUnsupported);
}

TEST_F(JobsTest, AnAttemptAfterPublishingFindsItsVersionAndGivesItItsPart) {
  fill();
  ASSERT_TRUE(engine_->submit(training("popularity")).ok());
  ASSERT_TRUE(work_on(take()).ok());
  std::filesystem::remove(folder_ / "models" / "popularity" / "aliases.json");  // as a crash before it leaves it
  lose_lease();
  const auto again = work_on(take());
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_THAT(*again, HasSubstr("popularity/1"));
  EXPECT_EQ(versions("popularity"), 1u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "models" / "popularity" / "aliases.json"));
  ASSERT_TRUE(engine_->submit(training("popularity")).ok()) << "another job is another version";
  lose_lease();
  ASSERT_TRUE(engine_->jobs().cancel(engine_->jobs().list(2)->back().id).ok());
}

TEST_F(JobsTest, WithoutTheClaimNothingIsPublished) {
  fill();
  ASSERT_TRUE(engine_->submit(training("popularity")).ok());
  const jobs::Claim first = take();
  lose_lease();
  const jobs::Claim second = take();
  EXPECT_EQ(work_on(first).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(versions("popularity"), 0u);
  EXPECT_TRUE(work_on(second).ok());
  EXPECT_EQ(versions("popularity"), 1u);
}

// Loses its claim, or is cancelled, while it learns: the last question before publishing keeps it from it.
class Interruption final : public base::Progress {
 public:
  explicit Interruption(std::function<void()> act) : act_(std::move(act)) {}
  void begin(std::string_view, std::uint64_t) override {
    if (act_) std::exchange(act_, nullptr)();
  }
  void advance(std::uint64_t) override {}
  void note(std::string_view) override {}
  void end() override {}

 private:
  std::function<void()> act_;
};

TEST_F(JobsTest, AClaimThatIsLostOrCancelledWhileLearningPublishesNothing) {
  fill();
  base::ThreadPool pool(1);
  const base::CancelFlag cancel;
  const auto interrupted = [&](std::function<void()> act) {
    const jobs::Claim claim = take();
    Interruption progress(std::move(act));
    base::Work work{pool, progress, cancel};
    return engine_->work_on(claim, work).error().code;
  };
  ASSERT_TRUE(engine_->submit(training("popularity")).ok());
  EXPECT_EQ(interrupted([&] {
              lose_lease();
              take();
            }),
            ErrorCode::kNotFound);
  lose_lease();
  const std::string id = engine_->jobs().list(1)->front().id;
  EXPECT_EQ(interrupted([&] { ASSERT_TRUE(engine_->jobs().cancel(id).ok()); }), ErrorCode::kCancelled);
  EXPECT_EQ(versions("popularity"), 0u);
}

TEST_F(JobsTest, AKindThatThisVersionDoesNotKnowIsNamed) {
  ASSERT_TRUE(engine_->jobs().submit({"dance", "m", "{}", ""}).ok());
  const auto result = work_on(take());
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("'dance'"));
}

TEST(TrainRequestJson, ReadsBackAndNamesWhatIsOff) {
  TrainRequest request;
  request.algorithm = "ials";
  request.parameters_json = R"({"factors": 8})";
  request.data_path = "events.csv";
  request.update = true;
  request.automatic.seconds = 60;
  request.automatic.memory_bytes = 1 << 30;
  request.automatic.serving = {.milliseconds = 2.5, .bytes = 1000};
  const TrainRequest read = parse_train_request(to_json_text(request)).value();
  EXPECT_EQ(read.algorithm, "ials");
  EXPECT_EQ(read.parameters_json, request.parameters_json);
  EXPECT_EQ(read.data_path, std::filesystem::current_path() / "events.csv");
  EXPECT_TRUE(read.output_path.empty());
  EXPECT_TRUE(read.update);
  EXPECT_EQ(read.automatic.seconds, 60);
  EXPECT_EQ(read.automatic.memory_bytes, 1 << 30);
  EXPECT_EQ(read.automatic.serving.milliseconds, 2.5);
  EXPECT_EQ(read.automatic.serving.bytes, 1000);
  EXPECT_EQ(parse_train_request(to_json_text(TrainRequest()))->automatic.serving.milliseconds,
            training::ServingLimit().milliseconds);
  for (const char* wrong : {"", "[]", "{}", R"({"algorithm":1})"})
    EXPECT_EQ(parse_train_request(wrong).error().code, ErrorCode::kInvalidArgument) << wrong;
  EXPECT_THAT(parse_train_request(R"({"algorithm":"a"})").error().message, HasSubstr("'parameters'"));
}

TEST_F(JobsTest, APromotionIsAJobToo) {
  fill();
  settings_.models.promotion = "manual";
  ASSERT_TRUE(train("popularity").ok());
  ASSERT_TRUE(train("popularity").ok());
  EXPECT_EQ(engine_->models().resolve("popularity", "champion")->version, 1);
  const jobs::Job job = engine_->submit_promotion("popularity", true).value();
  EXPECT_EQ(job.kind, "promote");
  EXPECT_EQ(job.model, "popularity");
  const auto result = work_on(take());
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(*result, R"({"model":"popularity/2","alias":"champion"})");
  EXPECT_EQ(engine_->models().resolve("popularity", "champion")->version, 2);
  EXPECT_EQ(engine_->submit_promotion("popularity/9", true).error().code, ErrorCode::kNotFound);
  settings_.database.url = "sqlite:///:memory:";
  EXPECT_EQ(engine_->submit_promotion("popularity/1", true).error().code, ErrorCode::kUnsupported);
}

TEST_F(JobsTest, APromotionPassesTheGateUnlessForced) {
  fill();
  settings_.models.promotion = "manual";
  ASSERT_TRUE(train("item_knn").ok());
  ASSERT_TRUE(train("item_knn").ok());
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const auto second = engine_->models().resolve("item_knn/2", "champion").value();
  const auto first = engine_->models().resolve("item_knn/1", "champion").value();
  EXPECT_TRUE(engine_->passes_gate(first, work).ok()) << "the champion itself";
  const auto gate = engine_->passes_gate(second, work);
  EXPECT_EQ(engine_->promote(second, false, work).ok(), gate.ok()) << "promote asks the gate";
  EXPECT_TRUE(engine_->promote(second, true, work).ok());
  EXPECT_EQ(engine_->models().resolve("item_knn", "champion")->version, 2);
}

TEST_F(JobsTest, AJobOfAnotherVersionIsRefused) {
  ASSERT_TRUE(engine_->jobs().submit({"promote", "hybrid", "{}", ""}).ok());
  EXPECT_THAT(work_on(take()).error().message, HasSubstr("without a valid 'version'"));
  ASSERT_TRUE(engine_->jobs().submit({"analyze", "x", "no json", ""}).ok());
  EXPECT_THAT(work_on(take()).error().message, HasSubstr("without a valid 'file'"));
  ASSERT_TRUE(engine_->jobs().submit({"dance", "y", "{}", ""}).ok());
  EXPECT_EQ(work_on(take()).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace mla::engine
