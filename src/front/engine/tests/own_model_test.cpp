#include <gmock/gmock.h>

#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

// An item scores what it was given at training: its place in the catalogue, last first, times `slope`.
class LastFirst final : public BaseRecommendationModel {
 public:
  static inline std::atomic<bool> broken = false;
  static inline std::atomic<float> broken_slope = 7;  // scoring with this one alone throws
  explicit LastFirst(double slope) : slope_(static_cast<float>(slope)) {}
  std::string_view name() const override { return "last_first"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(scores_.size()); }
  base::Status fit(const models::TrainingData& data, base::Work&) override {
    if (broken) throw std::logic_error("out of order");
    scores_.clear();
    for (std::int32_t i = 0; i < data.items(); ++i) scores_.push_back(slope_ * static_cast<float>(i));
    return {};
  }
  void score(const models::Listener&, std::span<float> scores) const override {
    if (broken || broken_slope == slope_) throw std::logic_error("out of order");
    std::ranges::copy(scores_, scores.begin());
  }
  std::vector<models::Evidence> explain(const models::Listener&, std::int32_t, std::size_t) const override {
    return {{models::Evidence::Kind::kPopular, -1, 1}};
  }
  base::Status save(artifact::Writer& writer) const override {
    writer.add("scores", std::span(scores_), {items()});
    return {};
  }
  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(const auto scores, reader.floats("scores"));
    scores_.assign(scores.begin(), scores.end());
    return {};
  }

 private:
  float slope_;
  std::vector<float> scores_;
};

class OwnModel : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    LastFirst::broken = false;
    LastFirst::broken_slope = 7;
    fill();
    models::Algorithm own;
    own.name = "last_first";
    own.description = "the last items of the catalogue";
    own.parameters = {{"slope", 1.0, -1, 1, "which end is the best"}};
    own.make = [](const models::Parameters& given) { return std::make_unique<LastFirst>(given.number("slope")); };
    static const base::Status registered = engine_->register_model(own);  // once a process
    ASSERT_TRUE(registered.ok());
  }
  base::Result<TrainReport> train_with(const std::string& parameters) {
    TrainRequest request;
    request.algorithm = "last_first";
    request.parameters_json = parameters;
    base::ThreadPool pool(1);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    return engine_->train(request, work);
  }
  static recommend::Request question() {
    recommend::Request request;
    request.user = base::UserId("j-user-0");
    request.algorithm = "last_first";
    request.knobs = {.diversity_factor = 0, .novelty_factor = 0, .popularity_bias = 0, .temporal_decay = 1};
    request.limit = 4;
    return request;
  }
};

TEST_F(OwnModel, IsTrainedPublishedAndServedLikeOurs) {
  EXPECT_EQ(train("last_first").value().model, "last_first/1");
  const recommend::Answer answer = engine_->recommend(question()).value();
  EXPECT_EQ(answer.model, "last_first/1");
  ASSERT_EQ(answer.recommendations.size(), 4U);
  EXPECT_EQ(answer.recommendations[0].track_id.str(), "m9") << "the last id that was not heard";

  const auto again = Engine::open(settings_, *database_, clock_).value();  // as after a restart
  EXPECT_EQ(again->recommend(question()).value().recommendations[0].track_id.str(), "m9");
}

TEST_F(OwnModel, VersionsChangePlacesLikeOurs) {
  ASSERT_TRUE(train("last_first").ok());
  ASSERT_TRUE(train("last_first").ok());
  EXPECT_EQ(engine_->recommend(question()).value().model, "last_first/2");
  ASSERT_TRUE(engine_->models().rollback("last_first", engine_->try_out()).ok());
  ASSERT_TRUE(engine_->reload({}).ok());
  EXPECT_EQ(engine_->recommend(question()).value().model, "last_first/1");
}

TEST_F(OwnModel, AMistakeOfItsEndsNothingElse) {
  ASSERT_TRUE(train("last_first").ok());
  LastFirst::broken = true;
  const auto refused = train("last_first");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("the model 'last_first' throws while it learns: out of order"));
  const auto alone = engine_->recommend(question());
  ASSERT_FALSE(alone.ok()) << "nobody else could answer";
  EXPECT_EQ(alone.error().message, "the model 'last_first' throws while it recommends: out of order");
  LastFirst::broken = false;
  EXPECT_EQ(engine_->recommend(question()).value().recommendations.size(), 4U) << "the mistake was not remembered";
  EXPECT_TRUE(train("last_first").ok());
}

TEST_F(OwnModel, AnotherModelAnswersWhereItFails) {
  ASSERT_TRUE(train("hybrid").ok());
  ASSERT_TRUE(train("last_first").ok());
  LastFirst::broken = true;
  const recommend::Answer answer = engine_->recommend(question()).value();
  EXPECT_EQ(answer.model, "hybrid/1");
  EXPECT_EQ(answer.recommendations.size(), 4U);
  EXPECT_THAT(answer.notes, Contains("hybrid/1 answers: last_first/1 could not"));
}

TEST_F(OwnModel, OneThatThrowsWhileItScoresIsNotPublished) {
  LastFirst::broken_slope = 1;
  const auto refused = train("last_first");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("out of order"));
  EXPECT_TRUE(engine_->models().versions("last_first")->empty());
}

TEST_F(OwnModel, ATreatmentThatThrowsIsAnsweredByTheChampionAndCountedAgainstIt) {
  ASSERT_TRUE(train("last_first").ok());
  settings_.models.promotion = "manual";
  ASSERT_TRUE(train_with(R"({"slope": -1})").ok());
  const auto started = engine_->start_experiment({.name = "upside-down", .challenger = "last_first/2", .percent = 50});
  ASSERT_TRUE(started.ok()) << started.error().message;
  LastFirst::broken_slope = -1;
  ASSERT_TRUE(engine_->reload({}).ok());
  int treated = 0;
  for (int user = 0; user < 12; ++user) {
    recommend::Request request = question();
    request.user = base::UserId("j-user-" + std::to_string(user));
    const auto answer = engine_->recommend(request);
    ASSERT_TRUE(answer.ok()) << user;
    EXPECT_EQ(answer->model, "last_first/1");
    EXPECT_EQ(answer->recommendations.size(), 4U);
    treated += experiments::arm_of("upside-down", request.user, started->plan.treated) == experiments::Arm::kTreatment;
  }
  ASSERT_GT(treated, 0);
  ASSERT_TRUE(engine_->reload({}).ok());
  const experiments::Observed observed = engine_->experiments().observed(*started).value();
  EXPECT_THAT(observed.failed.treatment, AllOf(SizeIs(treated), Each(1.0)));
  EXPECT_THAT(observed.failed.control, AllOf(SizeIs(12 - treated), Each(0.0)));
}

TEST_F(OwnModel, ItsParametersAreChecked) {
  const auto refused = train_with(R"({"slope": 7})");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("slope"));
}

}  // namespace
}  // namespace mla::engine
