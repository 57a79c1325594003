#include "learning/plugins/impl/plugin_model.h"

#include <cmath>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/plugins/tests/own_host.h"

namespace mla::plugins {
namespace {

using models::Evidence;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What strange.c does wrong.
enum Behaviour : std::uint8_t {
  kGood = 0,
  kFitFails = 1,
  kFitCrashes = 2,
  kFitHangs = 3,
  kNotMade = 4,
  kSaveFails = 5,
  kLoadFails = 6,
  kScoreFails = 7,
  kScoreHangs = 8,
  kScoreCrashes = 9,
  kScoresNan = 10,
  kTooFew = 11,
  kTooMany = 12,
  kExits = 13,
  kHangsUp = 14,
  kGarbage = 15,
  kCrashesOnItem1 = 16,
  kExplainFails = 17,
  kFailsSilently = 18,
  kChatters = 19,
  kFloods = 20,
};

class Notes final : public base::Progress {
 public:
  void begin(std::string_view step, std::uint64_t total) override {
    lines_.push_back(std::string(step) + " of " + std::to_string(total));
  }
  void advance(std::uint64_t units) override { advanced_ += units; }
  void note(std::string_view line) override { lines_.emplace_back(line); }
  void end() override {}

  std::vector<std::string> lines_;
  std::uint64_t advanced_ = 0;
};

class PluginModelTest : public testing::Test {
 protected:
  PluginModelTest() {
    data_.interactions =
        math::make_csr(3, 3, std::vector<math::Triplet>{{0, 0, 1}, {0, 2, 4}, {1, 2, 2}, {2, 0, 1}, {2, 1, 1}});
  }

  std::shared_ptr<Plugin> plugin(const char* path = MLA_PLUGIN_STRANGE) {
    auto made = std::make_shared<Plugin>();
    made->path = path;
    made->sha256 = "5ca1ab1e";
    made->bytes = bytes_of(path);
    made->host = "/proc/self/exe";
    made->score_seconds = 60;
    made->first_rest = 0;
    const auto process = start_plugin(*made, &made->description);
    EXPECT_TRUE(process.ok());
    return made;
  }
  std::unique_ptr<models::Recommender> made(Behaviour behaviour, double score_seconds = 60, double first_rest = 0) {
    auto shared = plugin();
    shared->score_seconds = score_seconds;
    shared->first_rest = first_rest;
    return make_plugin_model(shared, {static_cast<double>(behaviour), 1.0});
  }
  std::unique_ptr<models::Recommender> fitted(Behaviour behaviour, double score_seconds = 60, double first_rest = 0) {
    auto model = made(behaviour, score_seconds, first_rest);
    EXPECT_TRUE(model->fit(data_, work_).ok());
    return model;
  }
  std::vector<float> scores(const models::Recommender& model) {
    std::vector<float> scores(3, -1.0F);
    model.score({history_}, scores);
    return scores;
  }
  // Why it does not score.
  std::string refusal(const models::Recommender& model) {
    try {
      scores(model);
    } catch (const base::Failure& failure) {
      EXPECT_EQ(failure.error().code, base::ErrorCode::kInternal);
      return failure.error().message;
    }
    return "none";
  }
  std::string fit_refusal(Behaviour behaviour) {
    const base::Status status = made(behaviour)->fit(data_, work_);
    return status.ok() ? "none" : status.error().message;
  }

  models::TrainingData data_;
  std::vector<models::HistoryEntry> history_ = {{1, 2.0F, 5}, {2, 3.0F}};
  base::ThreadPool pool_{1};
  Notes notes_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, notes_, cancel_};
};

TEST_F(PluginModelTest, SaysWhatItIs) {
  const auto strange = plugin();
  EXPECT_EQ(strange->description.name, "strange");
  EXPECT_EQ(strange->description.version, "1.2.3");
  EXPECT_TRUE(strange->description.explains);
  ASSERT_EQ(strange->description.parameters.size(), 2U);
  EXPECT_EQ(strange->description.parameters[1].min, -10);
}

TEST_F(PluginModelTest, LearnsScoresAndExplains) {
  const auto model = fitted(kGood);
  EXPECT_EQ(model->name(), "strange");
  EXPECT_EQ(model->items(), 3);
  EXPECT_THAT(scores(*model), ElementsAre(2, 1, 6));
  std::vector<math::Scored> best;
  model->best({history_}, std::vector<std::int32_t>{2}, 5, best);
  ASSERT_EQ(best.size(), 2U);
  EXPECT_EQ(best[0].index, 0);
  const auto facts = model->explain({history_}, 1, 5);
  ASSERT_EQ(facts.size(), 1U) << "an item is no reason for itself";
  EXPECT_EQ(facts[0].kind, Evidence::Kind::kCoListening);
  EXPECT_EQ(facts[0].id, 2);
  EXPECT_EQ(facts[0].contribution, 3);
  EXPECT_THAT(model->explain({history_}, 0, 1), testing::SizeIs(1));
}

TEST_F(PluginModelTest, ItsParametersReachIt) {
  const auto model = make_plugin_model(plugin(), {kGood, -2.0});
  ASSERT_TRUE(model->fit(data_, work_).ok());
  EXPECT_THAT(scores(*model), ElementsAre(-4, -2, -12));
}

TEST_F(PluginModelTest, SeesHistoriesSoundsAndArtistsWhileItLearnsAndReportsFigures) {
  data_.times = {10, 0, 30, 40, 0};
  data_.item_artists = {7, -1, 2};
  data_.item_sounds = math::Matrix(3, 2);
  data_.item_sounds(0, 1) = 0.25F;
  data_.item_sounds(2, 1) = 0.5F;
  const auto model = fitted(kGood);
  EXPECT_THAT(model->report(), ElementsAre("strange: artists 8", "strange: heard 9", "strange: outside -1",
                                           "strange: sounds 0.75", "strange: timed 3"));
  EXPECT_THAT(notes_.lines_, AllOf(Contains("plugin of 3"), Contains("heard 9"), Contains("counted")));
  EXPECT_EQ(notes_.advanced_, 2U);
}

TEST_F(PluginModelTest, WhatItSaysIsShortenedAndBounded) {
  const auto model = fitted(kChatters);
  EXPECT_EQ(model->report().size(), 64U) << "figures are at most";
  EXPECT_THAT(model->report(), Each(testing::Not(HasSubstr("nothing"))));
  EXPECT_THAT(notes_.lines_, Contains("two lines ?"));
}

TEST_F(PluginModelTest, WhatWasSavedAnswersLikeWhatWasLearnt) {
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  const auto model = fitted(kGood);
  ASSERT_TRUE(model->save(writer).ok());
  artifact::Description description;
  description.id = "strange";
  description.model_type = "recommendation";
  const auto published = artifact::publish(folder.path(), description, writer);
  ASSERT_TRUE(published.ok());
  const artifact::Reader reader = artifact::Reader::open(published->folder).value();
  const auto loaded = made(kGood);
  ASSERT_TRUE(loaded->load(reader).ok());
  EXPECT_EQ(loaded->items(), 3);
  EXPECT_EQ(scores(*loaded), scores(*model));
  const boost::json::value lineage = reader.attribute("plugin").value();
  EXPECT_EQ(lineage.at("version"), "1.2.3");
  EXPECT_EQ(lineage.at("sha256"), "5ca1ab1e");
  EXPECT_EQ(lineage.at("training").at("heard").as_double(), 9);
  EXPECT_EQ(made(kLoadFails)->load(reader).error().message, "the plugin 'strange': cannot read this any more");
}

TEST_F(PluginModelTest, AMistakeWhileItLearnsIsTheErrorOfTheTraining) {
  EXPECT_EQ(fit_refusal(kFitFails), "the plugin 'strange': the moon is in the wrong place");
  EXPECT_EQ(fit_refusal(kNotMade), "the plugin 'strange': no room for it");
  EXPECT_EQ(fit_refusal(kSaveFails), "the plugin 'strange': nothing to write on");
  EXPECT_EQ(fit_refusal(kFailsSilently), "the plugin 'strange': its fit failed without a reason");
}

TEST_F(PluginModelTest, ACrashWhileItLearnsIsTheErrorOfTheTraining) {
  // Sanitizers report the signal and leave with a code.
  EXPECT_THAT(fit_refusal(kFitCrashes), AllOf(StartsWith("the plugin 'strange': its process ended with "),
                                              testing::EndsWith(" while it learns")));
  if (!base::sanitized_build()) {
    EXPECT_THAT(fit_refusal(kFitCrashes), HasSubstr("signal 11 (Segmentation fault)"));
  }
}

TEST_F(PluginModelTest, ATrainingThatHangsIsCancelled) {
  cancel_.cancel();
  const base::Status cancelled = made(kFitHangs)->fit(data_, work_);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().code, base::ErrorCode::kCancelled);
}

TEST_F(PluginModelTest, WhatItSaysItFailsWithIsPassedOn) {
  const auto model = fitted(kScoreFails);
  EXPECT_EQ(refusal(*model), "the plugin 'strange': out of ideas");
  EXPECT_EQ(refusal(*model), "the plugin 'strange': out of ideas") << "its process lives on";
  EXPECT_THROW(fitted(kExplainFails)->explain({history_}, 0, 5), base::Failure);
}

TEST_F(PluginModelTest, OneThatHangsIsStopped) {
  for (const Behaviour behaviour : {kScoreHangs, kFloods}) {
    EXPECT_EQ(refusal(*fitted(behaviour, 0.05)), "the plugin 'strange': it takes more than 0.05 s while it scores");
  }
}

TEST_F(PluginModelTest, OneThatCrashesEndsOrAnswersNonsenseIsSaidToDoSo) {
  EXPECT_THAT(refusal(*fitted(kScoreCrashes)), HasSubstr("its process ended with"));
  EXPECT_THAT(refusal(*fitted(kExits)), HasSubstr("its process ended with code 3 while it scores"));
  EXPECT_THAT(refusal(*fitted(kGarbage)), HasSubstr("its process answers with garbage while it scores"));
  EXPECT_THAT(refusal(*fitted(kHangsUp, 0.2)), HasSubstr("while it scores"));
}

TEST_F(PluginModelTest, TheWrongNumberOfScoresIsRefused) {
  const auto model = fitted(kTooFew);
  EXPECT_EQ(refusal(*model), "the plugin 'strange': it gives 2 scores for 3 items");
  // It writes where no score belongs: the page behind them is not its own.
  EXPECT_THAT(refusal(*fitted(kTooMany)), HasSubstr("its process ended with"));
}

TEST_F(PluginModelTest, ScoresThatAreNoNumbersArePassedOnForTheContainerToPutLast) {
  EXPECT_TRUE(std::isnan(scores(*fitted(kScoresNan))[0]));
}

TEST_F(PluginModelTest, AfterACrashItIsStartedAnewFromWhatItHadLearnt) {
  const auto model = fitted(kCrashesOnItem1);
  EXPECT_THAT(refusal(*model), HasSubstr("its process ended with"));
  history_ = {{0, 1.0F}};
  EXPECT_THAT(scores(*model), ElementsAre(2, 1, 6));
}

TEST_F(PluginModelTest, AfterACrashItIsLeftAloneForAWhile) {
  const auto model = fitted(kCrashesOnItem1, 60, 1e9);
  EXPECT_THAT(refusal(*model), HasSubstr("its process ended with"));
  history_ = {{0, 1.0F}};
  EXPECT_THAT(refusal(*model), HasSubstr("is left alone for a while: its process ended with"));
}

TEST_F(PluginModelTest, ThreadsAreAnsweredOneAfterTheOther) {
  const auto model = fitted(kGood);
  std::vector<std::vector<float>> answers(8);
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) threads.emplace_back([&] { answer = scores(*model); });
  }
  EXPECT_THAT(answers, Each(ElementsAre(2, 1, 6)));
}

TEST_F(PluginModelTest, AnExceptionThatLeavesItIsItsMistake) {
  const auto throwing = plugin(MLA_PLUGIN_THROWING);
  EXPECT_FALSE(throwing->description.explains);
  const auto model = make_plugin_model(throwing, {});
  EXPECT_EQ(model->fit(data_, work_).error().message,
            "the plugin 'throwing': an exception leaves its fit: too many people");
  data_.interactions = math::make_csr(2, 3, {});
  EXPECT_EQ(model->fit(data_, work_).error().message, "the plugin 'throwing': an exception leaves its fit");
  data_.interactions = math::make_csr(1, 3, {});
  ASSERT_TRUE(model->fit(data_, work_).ok());
  EXPECT_EQ(refusal(*model), "the plugin 'throwing': an exception leaves its score: who is that");
  history_.clear();
  EXPECT_THAT(scores(*model), ElementsAre(0, 1, 2)) << "it goes on";
  EXPECT_THAT(model->explain({history_}, 0, 5), IsEmpty());
}

TEST_F(PluginModelTest, AHostThatIsNoneIsSaidToBeNone) {
  // The program of the host may be anything that is started with the word: here one that ends at once.
  auto other = plugin();
  other->host = "/bin/false";
  EXPECT_THAT(make_plugin_model(other, {0.0, 1.0})->fit(data_, work_).error().message,
              HasSubstr("its process ended with code 1 while it is opened"));
  other->host = "/nowhere/ml-analytics";
  EXPECT_THAT(make_plugin_model(other, {0.0, 1.0})->fit(data_, work_).error().message,
              HasSubstr("cannot start /nowhere/ml-analytics"));
}

}  // namespace
}  // namespace mla::plugins
