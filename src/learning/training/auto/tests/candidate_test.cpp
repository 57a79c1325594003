#include "learning/training/auto/candidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::training {
namespace {

std::vector<std::string> labels(const std::vector<Candidate>& candidates) {
  std::vector<std::string> texts;
  for (const Candidate& candidate : candidates) texts.push_back(candidate.label());
  return texts;
}

TEST(Candidates, ComeRoundByRoundAndDefaultsStandForThoseWhoDeclareNone) {
  models::Algorithm a{"a", "", {}, nullptr, {{{"k", 1.0}}, {{"k", 2.5}, {"z", true}}, {{"k", 3.0}}}, nullptr};
  models::Algorithm b{"b", "", {}, nullptr, {}, nullptr};
  models::Algorithm c{"c", "", {}, nullptr, {{}, {{"mode", std::string("fast")}}}, nullptr};
  EXPECT_THAT(labels(candidates_of(std::vector<models::Algorithm>{a, b, c}, 100)),
              testing::ElementsAre("a k=1", "b", "c", "a k=2.5 z=true", "c mode=fast", "a k=3"));
  EXPECT_TRUE(candidates_of({}, 100).empty());
}

TEST(Candidates, WithMoreFactorsThanTheDataHaveAreLeftOutButTheFirst) {
  models::Algorithm a{"a", "", {}, nullptr, {{{"factors", 64.0}}, {{"factors", 9.0}}, {{"factors", 10.0}}}, nullptr};
  EXPECT_THAT(labels(candidates_of(std::span(&a, 1), 9)), testing::ElementsAre("a factors=64", "a factors=9"));
}

TEST(Candidates, TakeLighterFormsOneAfterTheOther) {
  models::Algorithm a{"a", "", {}, nullptr, {{{"k", 1.0}}}, nullptr, {{{"k", 0.5}}, {{"k", 0.7}, {"fast", true}}}};
  const Candidate plain = candidates_of(std::span(&a, 1), 9).front();
  EXPECT_EQ(plain.label(), "a k=1");
  const Candidate small = plain.next_lighter();
  EXPECT_EQ(small.label(), "a k=0.5");
  const Candidate fast = small.next_lighter();
  EXPECT_EQ(fast.label(), "a fast=true k=0.7");
  EXPECT_TRUE(fast.lighter.empty());
}

TEST(Candidates, OfEveryAlgorithmAreAllowedByItsParameters) {
  for (Candidate candidate : candidates_of(models::single_algorithms(), 100000)) {
    for (;;) {
      const auto model = models::make_recommender(candidate.algorithm, candidate.parameters);
      EXPECT_TRUE(model.ok()) << candidate.label() << ": " << model.error().message;
      if (candidate.lighter.empty()) break;
      candidate = candidate.next_lighter();
    }
  }
}

}  // namespace
}  // namespace mla::training
