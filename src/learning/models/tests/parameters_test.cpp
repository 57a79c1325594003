#include "learning/models/parameters.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/algorithms.h"

namespace mla::models {
namespace {

using testing::HasSubstr;

const std::vector<ParameterSpec> kSchema = {
    {"factors", 64.0, 1, 1024, "", {}, true},
    {"lambda", 0.5, 0, 10, ""},
    {"verbose", false, 0, 0, ""},
    {"mode", std::string("fast"), 0, 0, "", {"fast", "exact"}},
    {"with", std::string("salt"), 0, 0, "", {"salt", "oil", "dill"}, false, true},
};

std::string refusal(const std::map<std::string, ParameterValue>& given) {
  const auto parameters = Parameters::make(kSchema, given);
  if (parameters.ok()) return "accepted";
  EXPECT_EQ(parameters.error().code, base::ErrorCode::kInvalidArgument);
  return parameters.error().message;
}

TEST(Parameters, WhatIsNotGivenHasItsFallback) {
  const auto parameters = Parameters::make(kSchema, {{"lambda", 2.0}, {"verbose", true}});
  ASSERT_TRUE(parameters.ok());
  EXPECT_EQ(parameters->integer("factors"), 64);
  EXPECT_EQ(parameters->number("lambda"), 2.0);
  EXPECT_TRUE(parameters->flag("verbose"));
  EXPECT_EQ(parameters->text("mode"), "fast");
  EXPECT_EQ(parameters->all().size(), 5U);
}

TEST(Parameters, EndsOfARangeAreAllowed) {
  EXPECT_EQ(refusal({{"lambda", 0.0}}), "accepted");
  EXPECT_EQ(refusal({{"lambda", 10.0}}), "accepted");
}

TEST(Parameters, RefusalsNameTheParameterTheValueAndWhatIsAllowed) {
  EXPECT_EQ(refusal({{"lambda", 10.5}}), "parameter 'lambda' is 10.5; give a number from 0 to 10");
  EXPECT_EQ(refusal({{"factors", 1.5}}), "parameter 'factors' is 1.5; give a whole number from 1 to 1024");
  EXPECT_EQ(refusal({{"mode", std::string("slow")}}), "parameter 'mode' is 'slow'; give one of fast, exact");
  EXPECT_EQ(refusal({{"verbose", 1.0}}), "parameter 'verbose' is 1; give true or false");
  EXPECT_EQ(refusal({{"lambda", true}}), "parameter 'lambda' is true; give a number from 0 to 10");
  EXPECT_THAT(refusal({{"lambda", std::numeric_limits<double>::quiet_NaN()}}), HasSubstr("give a number"));
}

TEST(Parameters, AListHasEachChoiceAtMostOnce) {
  EXPECT_EQ(refusal({{"with", std::string("dill,salt")}}), "accepted");
  EXPECT_EQ(refusal({{"with", std::string("dill,dill")}}),
            "parameter 'with' is 'dill,dill'; give names, each once and with commas between, of salt, oil, dill");
  EXPECT_THAT(refusal({{"with", std::string("dill,")}}), HasSubstr("'dill,'"));
  EXPECT_THAT(split_names("a,,b"), testing::ElementsAre("a", "", "b"));
  EXPECT_THAT(split_names(""), testing::ElementsAre(""));
}

TEST(Parameters, AnUnknownNameGetsTheNearestOne) {
  EXPECT_EQ(refusal({{"lambad", 1.0}}),
            "unknown parameter 'lambad' (did you mean 'lambda'?); known are: factors, lambda, verbose, mode, with");
}

TEST(Algorithms, EveryAlgorithmIsMadeWithItsDefaults) {
  for (const Algorithm& algorithm : algorithms()) {
    const auto model = make_recommender(algorithm.name, {});
    ASSERT_TRUE(model.ok()) << algorithm.name;
    EXPECT_EQ((*model)->name(), algorithm.name);
    EXPECT_FALSE(algorithm.description.empty());
  }
}

TEST(Algorithms, TheBriefsNamesAreAliases) {
  ASSERT_TRUE(find_algorithm("collaborative").ok());
  EXPECT_EQ((*find_algorithm("collaborative"))->name, "ials");
}

TEST(Algorithms, NamesThatComeLaterAreUnsupportedAndOthersUnknown) {
  const auto promised = find_algorithm("two_tower");
  ASSERT_FALSE(promised.ok());
  EXPECT_EQ(promised.error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(promised.error().message, HasSubstr("popularity, item_knn, ease, ials"));
  const auto unknown = find_algorithm("item_kn");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'item_knn'?"));
}

TEST(Algorithms, AWrongParameterNamesItsAlgorithm) {
  const auto model = make_recommender("ials", {{"factor", 8.0}});
  ASSERT_FALSE(model.ok());
  EXPECT_THAT(model.error().message, HasSubstr("algorithm ials: unknown parameter 'factor' (did you mean 'factors'?)"));
}

}  // namespace
}  // namespace mla::models
