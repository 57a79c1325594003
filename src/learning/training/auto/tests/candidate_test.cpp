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

TEST(Candidates, OfEveryAlgorithmAreAllowedByItsParameters) {
  for (const Candidate& candidate : candidates_of(models::single_algorithms(), 100000)) {
    const auto model = models::make_recommender(candidate.algorithm, candidate.parameters);
    EXPECT_TRUE(model.ok()) << candidate.label() << ": " << model.error().message;
  }
}

}  // namespace
}  // namespace mla::training
