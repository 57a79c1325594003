#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/sequence/tests/sequences.h"

namespace mla::models {
namespace {

using sequences::data_in_order;
using sequences::data_of;
using sequences::history_in_order;
using sequences::scores_of;
using testing::Each;
using testing::FloatNear;

using Given = std::map<std::string, ParameterValue>;

const Given kPlain{{"recency_exponent", 0.0}, {"distance_exponent", 0.0}, {"length_exponent", 0.0},
                   {"item_exponent", 0.0},    {"target_exponent", 0.0},   {"gap_minutes", 1.0}};

std::unique_ptr<Recommender> session_knn(const TrainingData& data, const std::string& name = "", double value = 0) {
  Given given = kPlain;
  if (!name.empty()) given[name] = value;
  return sequences::fitted("session_knn", data, given);
}

auto near(std::initializer_list<double> values) {
  std::vector<testing::Matcher<float>> matchers;
  for (const double value : values) matchers.push_back(FloatNear(static_cast<float>(value), 1e-6F));
  return testing::ElementsAreArray(matchers);
}

TEST(SessionKnn, SessionsVoteWithWhatTheyShareByHand) {
  const auto model = session_knn(data_in_order(4, {{0, 1, 2}, {1, 3}}));
  EXPECT_THAT(scores_of(*model, history_in_order({1})), near({1, 2, 1, 1}));
  EXPECT_THAT(scores_of(*model, history_in_order({0, 1})), near({2, 3, 2, 1}));
}

TEST(SessionKnn, WhatTheListenerMetLastCountsMost) {
  const auto model = session_knn(data_in_order(4, {{0, 2}, {1, 3}}), "recency_exponent", 1);
  EXPECT_THAT(scores_of(*model, history_in_order({0, 1})), near({0.5, 1, 0.5, 1}));
  EXPECT_THAT(scores_of(*model, history_in_order({1, 0})), near({1, 0.5, 1, 0.5}));
}

TEST(SessionKnn, VotesFadeWithTheDistanceToTheNewestMatch) {
  const TrainingData data = data_in_order(4, {{0, 1, 2, 3}});
  const auto model = session_knn(data, "distance_exponent", 1);
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({1, 1.0 / 2, 1.0 / 3, 1.0 / 4}));
  EXPECT_THAT(scores_of(*model, history_in_order({0, 3})), near({2.0 / 4, 2.0 / 3, 2.0 / 2, 2}));
}

TEST(SessionKnn, LongSessionsAndPopularItemsAreHeldBack) {
  const TrainingData data = data_in_order(3, {{0, 1}, {0, 2}});
  EXPECT_THAT(scores_of(*session_knn(data, "length_exponent", 1), history_in_order({1})), near({0.5, 0.5, 0}));
  EXPECT_THAT(scores_of(*session_knn(data, "item_exponent", 1), history_in_order({0})), near({1, 0.5, 0.5}));
  EXPECT_THAT(scores_of(*session_knn(data, "target_exponent", 1), history_in_order({1})), near({0.5, 1, 0}));
}

TEST(SessionKnn, APauseEndsASession) {
  const TrainingData data = data_of(3, {{{0, 1}, {1, 60'001}, {2, 120'002}}});  // a minute, then a little more
  EXPECT_THAT(scores_of(*session_knn(data), {{0, 1, 5}}), near({1, 1, 0}));
  EXPECT_THAT(scores_of(*session_knn(data), {{2, 1, 5}}), near({0, 0, 1}));
}

TEST(SessionKnn, WherePausesWouldLeaveMostItemsAloneTheyEndNothing) {
  // A day apart: nobody meets two items in a minute, but for one pair of five.
  const base::UnixMillis day = 86'400'000;
  const TrainingData days = data_of(4, {{{0, day}, {1, 2 * day}, {3, 3 * day}}, {{2, day}, {3, day + 1}}});
  EXPECT_THAT(scores_of(*session_knn(days), {{0, 1, 5}}), near({1, 1, 0, 1}));
  EXPECT_THAT(scores_of(*session_knn(days), {{3, 1, 5}}), near({1, 1, 1, 2}));
  // With half of the items in company, pauses count.
  const TrainingData half = data_of(4, {{{0, day}, {1, 2 * day}}, {{2, day}, {3, day + 1}}});
  EXPECT_THAT(scores_of(*session_knn(half), {{0, 1, 5}}), near({1, 0, 0, 0}));
}

TEST(SessionKnn, ALongListIsCutIntoSessionsAndOnlyTheNewestItemsAreAsked) {
  const auto model = session_knn(data_in_order(4, {{0, 1, 2, 3}}), "session_items", 2);
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({1, 1, 0, 0}));
  EXPECT_THAT(scores_of(*model, history_in_order({0, 2, 3})), near({0, 0, 2, 2}));
}

TEST(SessionKnn, WithoutTimesAListenerIsOneSessionWithoutPlaces) {
  TrainingData data = data_in_order(3, {{2, 0, 1}});
  data.times.clear();
  const auto model = session_knn(data, "distance_exponent", 1);
  EXPECT_THAT(scores_of(*model, {{0, 1, 0}}), Each(1.0F));
  const auto mixed = session_knn(data_of(3, {{{0, 0}, {1, 0}, {2, 7}}}));
  EXPECT_THAT(scores_of(*mixed, {{0, 1, 0}}), near({1, 1, 0}));
}

TEST(SessionKnn, OnlyTheNearestSessionsVote) {
  const auto model = session_knn(data_in_order(4, {{0, 1, 2}, {1, 3}}), "neighbours", 1);
  EXPECT_THAT(scores_of(*model, history_in_order({0, 1})), near({2, 2, 2, 0}));
  EXPECT_THAT(scores_of(*model, {}), Each(0.0F));
}

TEST(SessionKnn, FindsTheNeighbourhoodInARing) {
  const auto model = sequences::fitted("session_knn", data_in_order(40, sequences::ring_walks(300)));
  int close = 0;
  for (std::int32_t at = 0; at < 40; ++at) {
    const std::vector<std::int32_t> heard{(at + 38) % 40, (at + 39) % 40, at};
    auto scores = scores_of(*model, history_in_order(heard));
    for (const std::int32_t item : heard) scores[static_cast<std::size_t>(item)] = -1;
    const auto best = static_cast<std::int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    close += (best - at + 40) % 40 <= 2 || (at - best + 40) % 40 <= 3 ? 1 : 0;
  }
  EXPECT_GE(close, 36);
}

}  // namespace
}  // namespace mla::models
