#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/sequence/tests/sequences.h"

namespace mla::models {
namespace {

using sequences::scores_of;
using testing::Each;
using testing::FloatNear;

using Given = std::map<std::string, ParameterValue>;

const Given kPlain{{"shrink", 0.0},
                   {"amplification", 1.0},
                   {"item_exponent", 0.0},
                   {"target_exponent", 0.0},
                   {"weights", std::string("binary")}};

// 0: {0, 1}; 1: {1, 2, 3}; 2: {3}
TrainingData three_listeners() { return sequences::data_in_order(4, {{0, 1}, {1, 2, 3}, {3}}); }

std::vector<float> scores_with(const Given& given, const std::vector<HistoryEntry>& history) {
  return scores_of(*sequences::fitted("user_knn", three_listeners(), given), history);
}

auto near(std::initializer_list<double> values) {
  std::vector<testing::Matcher<float>> matchers;
  for (const double value : values) matchers.push_back(FloatNear(static_cast<float>(value), 1e-6F));
  return testing::ElementsAreArray(matchers);
}

TEST(UserKnn, NeighboursVoteWithTheirCosineByHand) {
  const double with_first = 1 / std::sqrt(2.0);   // {1} and {0, 1}
  const double with_second = 1 / std::sqrt(3.0);  // {1} and {1, 2, 3}
  EXPECT_THAT(scores_with(kPlain, {{1, 1}}), near({with_first, with_first + with_second, with_second, with_second}));
}

TEST(UserKnn, ShrinkageTakesAwayFromSmallOverlaps) {
  Given given = kPlain;
  given["shrink"] = 3.0;  // one common item: a quarter
  EXPECT_THAT(scores_with(given, {{0, 1}}), near({0.25 / std::sqrt(2.0), 0.25 / std::sqrt(2.0), 0, 0}));
}

TEST(UserKnn, AmplificationIsAPowerOfLikeness) {
  Given given = kPlain;
  given["amplification"] = 2.0;
  EXPECT_THAT(scores_with(given, {{0, 1}}), near({0.5, 0.5, 0, 0}));
}

TEST(UserKnn, PopularItemsSayLessAndAreHeldBack) {
  Given given = kPlain;
  given["item_exponent"] = 2.0;    // a = 1 / n: listener 0 is {1, 1/2}
  given["target_exponent"] = 1.0;  // item 1 has two listeners
  const double cosine = 1 / std::sqrt(1.25);
  EXPECT_THAT(scores_with(given, {{0, 1}}), near({cosine, cosine / 2, 0, 0}));
}

TEST(UserKnn, OnlyTheNearestVote) {
  Given given = kPlain;
  given["neighbours"] = 1.0;
  EXPECT_THAT(scores_with(given, {{1, 1}}), near({1 / std::sqrt(2.0), 1 / std::sqrt(2.0), 0, 0}));
}

TEST(UserKnn, NobodySharesAnythingGivesZero) {
  EXPECT_THAT(scores_with(kPlain, {}), Each(0.0F));
  const TrainingData data = sequences::data_in_order(3, {{0, 1}});
  EXPECT_THAT(scores_of(*sequences::fitted("user_knn", data, kPlain), {{2, 1}}), Each(0.0F));
}

TEST(UserKnn, AListenerOfTheTrainingDataGetsTheirNeighboursItems) {
  // The own row votes too, but for what is there already: the order of the rest is that of the other two.
  const auto model = sequences::fitted("user_knn", three_listeners(), kPlain);
  const auto scores = scores_of(*model, {{0, 1}, {1, 1}});
  const double shared = 1 / (std::sqrt(2.0) * std::sqrt(3.0));
  EXPECT_THAT(scores, near({1, 1 + shared, shared, shared}));
}

TEST(UserKnn, EvidenceIsWhatTheVotersShare) {
  const auto model = sequences::fitted("user_knn", three_listeners(), kPlain);
  const std::vector<HistoryEntry> history{{0, 1}, {1, 1}};
  const auto evidence = model->explain({history, 0}, 2, 5);
  ASSERT_EQ(evidence.size(), 1U);  // without 0, the likeness to listener 1 even rises
  EXPECT_EQ(evidence[0].id, 1);
  EXPECT_NEAR(evidence[0].contribution, 1 / std::sqrt(6.0), 1e-6);
}

}  // namespace
}  // namespace mla::models
