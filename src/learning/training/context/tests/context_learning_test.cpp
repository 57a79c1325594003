#include "learning/training/context/context_learning.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "learning/training/model_bundle.h"
#include "learning/training/trainer.h"

namespace mla::training {
namespace {

constexpr base::UnixMillis kMonday = 1'767'571'200'000;  // 2026-01-05T00:00:00Z
constexpr base::UnixMillis kHour = 3'600'000;

// kAbroad: they matter by the clock of each listener, half of whom are twelve hours from UTC.
enum class Hours { kMatter, kDoNot, kUnknown, kAbroad };

// 200 listeners of 40 tracks: even tracks in the morning and odd ones in the evening, if hours matter.
Dataset listeners(Hours hours, bool offsets_said = true) {
  DatasetBuilder builder(true);
  base::Random random(3);
  for (int user = 0; user < 200; ++user) {
    for (int i = 0; i < 25; ++i) {
      const bool evening = random.below(2) == 0;
      auto track = static_cast<int>(random.below(40));
      if ((hours == Hours::kMatter || hours == Hours::kAbroad) && random.uniform() < 0.9)
        track = track / 2 * 2 + (evening ? 1 : 0);
      const auto day = static_cast<base::UnixMillis>(random.below(120));
      const int away = hours == Hours::kAbroad ? user % 2 * 12 : 0;
      const base::UnixMillis time = kMonday + day * base::kMillisPerDay + ((evening ? 20 : 8) - away) * kHour;
      builder.add_event("u" + std::to_string(user), "t" + std::to_string(track), catalog::EventType::kListen, 1,
                        hours == Hours::kUnknown ? std::nullopt : std::optional(time));
      if (away != 0 && offsets_said) {
        builder.add_utc_offset("u" + std::to_string(user), "t" + std::to_string(track), time, away * 60);
      }
    }
  }
  return builder.build();
}

class Context : public testing::Test {
 protected:
  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};

  TrainedModel trained(Hours hours) { return train(listeners(hours), "item_knn", {}, work_).value(); }
};

TEST_F(Context, FindsHoursThatMatter) {
  const TrainedModel model = trained(Hours::kMatter);
  EXPECT_GT(model.context.occasions.weight, 0.3);
  const auto evening = static_cast<int>(occasion_of(kMonday + 20 * kHour));
  const Dataset& data = model.dataset;
  EXPECT_GT(model.context.occasions.lifts.lift(*data.find_item("t1"), evening), 1.3);
  EXPECT_LT(model.context.occasions.lifts.lift(*data.find_item("t2"), evening), 0.7);
}

TEST_F(Context, TakesTheHoursOfEachListenersOwnClock) {
  const auto evening = static_cast<int>(occasion_of(kMonday + 20 * kHour));
  const auto contrast = [&](bool said) {
    const Dataset data = listeners(Hours::kAbroad, said);
    OccasionTrial trial;
    trial.prior = 5;
    trial.weight = 1;
    const OccasionModel model = fit_occasions(trial, data, work_).value();
    return model.lifts.lift(*data.find_item("t1"), evening) / model.lifts.lift(*data.find_item("t2"), evening);
  };
  EXPECT_GT(contrast(true), 2);
  EXPECT_LT(contrast(false), 1.5);
}

TEST_F(Context, LearnsNothingFromHoursThatDoNotMatter) {
  const TrainedModel model = trained(Hours::kDoNot);
  EXPECT_EQ(model.context.occasions.weight, 0);
  EXPECT_TRUE(model.context.occasions.lifts.log_lifts.empty());
}

TEST_F(Context, LeavesUntimedDataAlone) {
  const TrainedModel model = trained(Hours::kUnknown);
  EXPECT_EQ(model.context.occasions.weight, 0);
  for (const std::string& line : model.lines) EXPECT_EQ(line.find("time of day"), std::string::npos);
}

TEST_F(Context, IsTheSameForAnyNumberOfThreads) {
  const TrainedModel two = trained(Hours::kMatter);
  base::ThreadPool one(1);
  base::Work work{one, progress_, cancel_};
  const TrainedModel single = train(listeners(Hours::kMatter), "item_knn", {}, work).value();
  EXPECT_EQ(two.context.occasions.weight, single.context.occasions.weight);
  EXPECT_EQ(two.context.occasions.lifts.owned, single.context.occasions.lifts.owned);
}

TEST_F(Context, StopsWhenAsked) {
  const Dataset dataset = listeners(Hours::kMatter);
  const Validation validation = make_validation(dataset, 1);
  const auto model = models::make_recommender("popularity", {}).value();
  model->fit(validation.split.rest, work_).value();
  Calibration calibration;
  calibration.probabilities = {0, -1, 0, 0, 1};
  cancel_.cancel();
  const auto trial = try_occasions(*model, calibration, dataset, validation, work_);
  ASSERT_FALSE(trial.ok());
  EXPECT_EQ(trial.error().code, base::ErrorCode::kCancelled);
}

TEST_F(Context, ComesBackFromDisk) {
  const TrainedModel model = trained(Hours::kMatter);
  artifact::Writer writer;
  save_context(model.context, writer);
  artifact::Description description;
  description.id = "context";
  const auto folder = std::filesystem::path(testing::TempDir()) / ("mla-context-" + std::to_string(::getpid()));
  artifact::publish_to(folder, description, writer).value();
  const auto reader = artifact::Reader::open(folder).value();
  const std::size_t items = model.dataset.item_ids.size();
  const ContextModel loaded = load_context(reader, items, 0).value();
  EXPECT_EQ(loaded.occasions.weight, model.context.occasions.weight);
  EXPECT_EQ(loaded.occasions.lifts.shares, model.context.occasions.lifts.shares);
  EXPECT_TRUE(std::ranges::equal(loaded.occasions.lifts.log_lifts, model.context.occasions.lifts.log_lifts));
  EXPECT_EQ(load_context(reader, items + 1, 0).error().code, base::ErrorCode::kCorrupt);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mla::training
