#include "learning/training/context/occasion_lifts.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace mla::training {
namespace {

constexpr std::uint8_t kMondayMorning = 0;
constexpr std::uint8_t kMondayEvening = 3;
constexpr std::uint8_t kFridayEvening = 23;

TEST(Shrink, MultipliesFactorsOfPartWeekdayAndOccasion) {
  PerOccasion observed{};
  PerOccasion expected{};
  observed[kMondayEvening] = 3;
  expected[kMondayEvening] = 1;
  const PerOccasion factors = shrink(observed, expected, 1);
  // (3 + 1) / (1 + 1) = 2 for evenings, then 4 / 3 for Mondays, then 4 / (8/3 + 1) for the occasion.
  EXPECT_NEAR(factors[kMondayEvening], 2 * 4.0 / 3 * 4 / (8.0 / 3 + 1), 1e-5);
  EXPECT_NEAR(factors[kFridayEvening], 2, 1e-5);
  EXPECT_NEAR(factors[kMondayMorning], 4.0 / 3, 1e-5);
  EXPECT_NEAR(expected[kMondayEvening], factors[kMondayEvening], 1e-5);
}

TEST(Shrink, WithoutCountsEveryFactorIsOne) {
  PerOccasion expected{};
  for (const float factor : shrink({}, expected, 5)) EXPECT_EQ(factor, 1);
}

TEST(Habit, AddsUpToOneAndIsThatOfAllForAStranger) {
  PerOccasion shares{};
  shares.fill(1.0F / kOccasions);
  EXPECT_EQ(habit_of({}, shares), shares);
  const std::vector<OccasionListen> listens(10, {0, kFridayEvening});
  const PerOccasion habit = habit_of(listens, shares);
  EXPECT_NEAR(std::accumulate(habit.begin(), habit.end(), 0.0), 1, 1e-5);
  EXPECT_GT(habit[kFridayEvening], 0.5);
}

// Ten listeners play item 0 in the morning and item 1 on Friday evening; items 2 and 3 have not been played.
// Items 1 and 2 are by one artist, items 0 and 3 share a tag.
class Lifts : public testing::Test {
 protected:
  Lifts() {
    data_.interactions.rows = 10;
    data_.interactions.cols = 4;
    data_.item_artists = {0, 1, 1, 2};
    data_.item_tags = math::make_csr(4, 2, std::vector<math::Triplet>{{0, 0, 2}, {3, 0, 1}});
    data_.tag_names = {"dawn", "club"};
    for (int user = 0; user < 10; ++user) {
      offsets_.push_back(listens_.size());
      for (int i = 0; i < 4; ++i) {
        listens_.push_back({0, kMondayMorning});
        listens_.push_back({1, kFridayEvening});
      }
    }
    offsets_.push_back(listens_.size());
    lifts_ = OccasionCounts(data_, listens_, offsets_, work_).lifts(data_, 5);
  }

  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
  models::TrainingData data_;
  std::vector<OccasionListen> listens_;
  std::vector<std::size_t> offsets_;
  OccasionLifts lifts_;
};

TEST_F(Lifts, AreAboveOneWhenAnItemIsPlayedMoreThanItsListenersHabitsSay) {
  EXPECT_GT(lifts_.lift(0, kMondayMorning), 1.5);
  EXPECT_LT(lifts_.lift(0, kFridayEvening), 0.7);
  EXPECT_GT(lifts_.lift(1, kFridayEvening), 1.5);
  EXPECT_NEAR(std::log(lifts_.lift(1, kFridayEvening)), lifts_.log_lift(1, kFridayEvening), 1e-5);
}

TEST_F(Lifts, PassFromArtistsAndTagsToWhatNobodyPlayed) {
  EXPECT_GT(lifts_.lift(2, kFridayEvening), 1.1) << "its artist's other song is for Friday evenings";
  EXPECT_GT(lifts_.lift(3, kMondayMorning), 1.1) << "its tag is for mornings";
}

TEST_F(Lifts, AreTheSameForEveryItemIfAllPlaysAreOnOneOccasion) {
  for (OccasionListen& listen : listens_) listen.occasion = kMondayMorning;
  const OccasionLifts flat = OccasionCounts(data_, listens_, offsets_, work_).lifts(data_, 5);
  for (int item = 0; item < 4; ++item) EXPECT_NEAR(flat.lift(item, kMondayMorning), 1, 0.05);
}

TEST_F(Lifts, OfAListenerAddWhatTheirOwnPlaysSay) {
  // This one plays item 0 on Friday evenings.
  const std::vector<OccasionListen> own = {{0, kFridayEvening}, {0, kFridayEvening}, {0, kFridayEvening},
                                           {0, kFridayEvening}, {1, kMondayMorning}, {1, kMondayMorning}};
  const ListenerOccasions listener(lifts_, data_.item_artists, data_.item_tags.view(), own);
  const ListenerOccasions stranger(lifts_, data_.item_artists, data_.item_tags.view(), {});
  const Occasions friday = occasions_of("evening", "friday");
  EXPECT_GT(listener.log_lift(0, friday).own, 0);
  EXPECT_LT(listener.log_lift(1, friday).own, 0);
  EXPECT_EQ(stranger.log_lift(0, friday).own, 0);
  EXPECT_EQ(listener.plays(0, friday).then, 4);
  EXPECT_EQ(listener.plays(1, friday).then, 0);
  EXPECT_EQ(listener.plays(2, friday).all, 2) << "the artist's";
}

TEST_F(Lifts, SayNothingOverAllOccasionsTogether) {
  const ListenerOccasions stranger(lifts_, data_.item_artists, data_.item_tags.view(), {});
  // The mean of a log is at most the log of the mean: what is left is that gap, never a loss.
  for (int item = 0; item < 4; ++item) EXPECT_GE(stranger.log_lift(item, occasions_of({}, {})).general, -1e-4);
}

}  // namespace
}  // namespace mla::training
