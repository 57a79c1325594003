#include "serving/recommend/circumstances.h"

#include <gtest/gtest.h>

namespace mla::recommend {
namespace {

// Empty: not said.
Context circumstances_of(const std::string& time_of_day, const std::string& day_of_week, const std::string& mood = "") {
  Context context;
  if (!time_of_day.empty()) context.time_of_day = time_of_day;
  if (!day_of_week.empty()) context.day_of_week = day_of_week;
  if (!mood.empty()) context.user_mood = mood;
  return context;
}

constexpr std::uint8_t kFridayEvening = 4 * training::kDayparts + 3;

// Four items in the model's order; item 2 belongs to Friday evenings, item 3 is tagged "chill".
class CircumstancesTest : public testing::Test {
 protected:
  CircumstancesTest() {
    std::vector<std::uint8_t>& lifts = bundle_.context.occasions.lifts.owned;
    lifts.assign(4 * training::kOccasions, 0);
    lifts[2 * training::kOccasions + kFridayEvening] = 96;  // three natural logs
    bundle_.context.occasions.lifts.log_lifts = lifts;
    bundle_.context.occasions.lifts.shares.fill(1.0F / training::kOccasions);
    bundle_.context.occasions.lifts.prior = 5;
    bundle_.context.occasions.weight = 1;
    bundle_.calibration.probabilities = {0, -1, 0, 0, 1};
    tags_ = math::make_csr(4, 1, std::vector<math::Triplet>{{3, 0, 1}});
    bundle_.item_tags = tags_.view();
    names_ = {"chill"};
    bundle_.tag_names = {offsets_, bytes_};
    bundle_.context.moods = training::fit_moods({}, bundle_.item_tags, names_);
    for (int i = 0; i < 4; ++i) pool_.push_back({i, 4.0F - static_cast<float>(i), i, 0});
  }

  std::vector<std::int32_t> order(const Context& context) {
    Circumstances circumstances(context, bundle_, profile_, notes_);
    std::vector<Candidate> pool = pool_;
    circumstances.apply(pool, 4);
    std::vector<std::int32_t> items;
    for (const Candidate& candidate : pool) items.push_back(candidate.item);
    return items;
  }
  std::string reason(const Context& context, std::int32_t item) {
    Circumstances circumstances(context, bundle_, profile_, notes_);
    std::vector<Candidate> pool = pool_;
    circumstances.apply(pool, 4);
    return circumstances.reason(item, "Air");
  }

  training::Bundle bundle_;
  math::CsrMatrix tags_;
  std::vector<std::string> names_;
  std::vector<std::int64_t> offsets_ = {0, 5};
  std::vector<std::uint8_t> bytes_ = {'c', 'h', 'i', 'l', 'l'};
  Profile profile_;
  std::vector<Candidate> pool_;
  std::vector<std::string> notes_;
};

TEST_F(CircumstancesTest, NothingAskedChangesNothing) {
  EXPECT_EQ(order({}), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(reason({}, 2), "");
}

TEST_F(CircumstancesTest, TheOccasionBringsItsItemsForward) {
  const Context friday = circumstances_of("evening", "friday");
  EXPECT_EQ(order(friday).front(), 2);
  EXPECT_NE(order(circumstances_of("morning", "")).front(), 2);
  EXPECT_EQ(reason(friday, 2), "played more on Friday evenings than at other times");
  EXPECT_EQ(reason(friday, 0), "") << "nothing about the evening raised it";
}

TEST_F(CircumstancesTest, WhatSoundsRightForAMoodComesForward) {
  training::SoundMoods& moods = bundle_.context.sound_moods;
  moods.names = {"calm"};
  moods.owned = {-1.5F, 0.2F, 2, 0};
  moods.lifts = moods.owned;
  EXPECT_EQ(order(circumstances_of("", "", "calm")), (std::vector<std::int32_t>{2, 1, 3, 0}));
  EXPECT_EQ(reason(circumstances_of("", "", "calm"), 2), "sounds right for a calm mood");
  EXPECT_EQ(reason(circumstances_of("", "", "calm"), 1), "") << "too little to say so";
  EXPECT_EQ(order(circumstances_of("", "", "relaxed")).front(), 3) << "tags go on to count";
  EXPECT_TRUE(notes_.empty());
}

TEST_F(CircumstancesTest, WhereTheModelHasNoOpinionTheyAloneDecide) {
  training::SoundMoods& moods = bundle_.context.sound_moods;
  moods.names = {"calm"};
  moods.owned = {-0.5F, -1, 2, 1};
  moods.lifts = moods.owned;
  for (Candidate& candidate : pool_) candidate.score = 0;
  for (const bool calibrated : {true, false}) {
    if (!calibrated) bundle_.calibration.probabilities.clear();
    Circumstances circumstances(circumstances_of("", "", "calm"), bundle_, profile_, notes_);
    std::vector<Candidate> pool = pool_;
    circumstances.apply(pool, 4);
    std::vector<std::int32_t> items;
    for (const Candidate& candidate : pool) items.push_back(candidate.item);
    EXPECT_EQ(items, (std::vector<std::int32_t>{2, 3, 0, 1}));
    EXPECT_FLOAT_EQ(pool[0].score - pool[1].score, 1) << "what re-ranking goes by";
    EXPECT_FLOAT_EQ(pool[0].score - pool[3].score, 3);
  }
  std::vector<Candidate> none;
  Circumstances(circumstances_of("", "", "calm"), bundle_, profile_, notes_).apply(none, 4);
  EXPECT_TRUE(none.empty());
}

TEST_F(CircumstancesTest, AnUnknownMoodSaysWhy) {
  order(circumstances_of("", "", "whimsical"));
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_NE(notes_[0].find("nobody has said what it means"), std::string::npos);
  bundle_.tag_names = {};
  bundle_.context.moods = {};
  order(circumstances_of("", "", "whimsical"));
  EXPECT_NE(notes_.at(1).find("no item has tags, and no file was analysed"), std::string::npos);
  bundle_.context.sound_moods.names = {"calm"};
  order(circumstances_of("", "", "whimsical"));
  EXPECT_NE(notes_.at(2).find("nobody has said what it means"), std::string::npos);
}

TEST_F(CircumstancesTest, ScoresKeepTheirPlaces) {
  Circumstances circumstances(circumstances_of("evening", "friday"), bundle_, profile_, notes_);
  std::vector<Candidate> pool = pool_;
  circumstances.apply(pool, 3);
  ASSERT_EQ(pool.size(), 3U);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    EXPECT_EQ(pool[i].score, pool_[i].score);
    EXPECT_EQ(pool[i].rank, static_cast<int>(i));
  }
  EXPECT_GT(circumstances.confidence(2), circumstances.confidence(0));
  EXPECT_LE(circumstances.confidence(2), 1);
}

TEST_F(CircumstancesTest, WhatTheListenerOftenHearsThenIsSaidSo) {
  profile_.listens.assign(5, {0, kFridayEvening});
  profile_.listens.insert(profile_.listens.end(), 10, {1, 0});
  const Context friday = circumstances_of("evening", "friday");
  EXPECT_EQ(reason(friday, 0), "you often hear Air on Friday evenings");
  EXPECT_EQ(reason(circumstances_of("morning", ""), 0), "");
  profile_.listens.erase(profile_.listens.begin(), profile_.listens.begin() + 3);
  EXPECT_EQ(reason(friday, 0).find("often hear"), std::string::npos) << "twice is not often";
}

TEST_F(CircumstancesTest, AMoodBringsItsTagsForward) {
  EXPECT_EQ(order(circumstances_of("", "", "relaxed")).back(), 2);
  EXPECT_EQ(reason(circumstances_of("", "", "relaxed"), 3), "tagged chill, for a relaxed mood");
  EXPECT_EQ(reason(circumstances_of("", "", "relaxed"), 2), "");
}

TEST_F(CircumstancesTest, WhatChangesNothingIsSaidSo) {
  order(circumstances_of("", "", "whimsical"));
  bundle_.context.occasions.weight = 0;
  EXPECT_EQ(order(circumstances_of("evening", "")), (std::vector<std::int32_t>{0, 1, 2, 3}));
  ASSERT_EQ(notes_.size(), 2U);
  EXPECT_NE(notes_[0].find("whimsical"), std::string::npos);
  EXPECT_NE(notes_[1].find("time of day"), std::string::npos);
}

TEST_F(CircumstancesTest, WordsFollowTheOccasion) {
  bundle_.context.occasions.lifts.owned.assign(4 * training::kOccasions, 96);
  // All occasions alike lift nothing: the listener's mean is taken off.
  EXPECT_EQ(reason(circumstances_of("", "weekend"), 2), "");
  for (std::size_t o = 0; o < training::kOccasions; ++o) {
    bundle_.context.occasions.lifts.owned[2 * training::kOccasions + o] = o >= 25 ? 96 : 0;
  }
  EXPECT_EQ(reason(circumstances_of("", "weekend"), 2), "played more at weekends than at other times");
  EXPECT_EQ(reason(circumstances_of("", "sunday"), 2), "played more on Sundays than at other times");
  EXPECT_EQ(reason(circumstances_of("night", "sunday"), 2), "played more on Sunday nights than at other times");
  EXPECT_EQ(reason(circumstances_of("noon", "weekend"), 2), "played more on weekends at noon than at other times");
}

}  // namespace
}  // namespace mla::recommend
