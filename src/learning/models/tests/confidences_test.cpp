#include "learning/models/impl/confidences.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/tests/temporary_folder.h"

namespace mla::models::impl {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

Confidences made(double exponent) {
  const std::vector<ParameterSpec> specs = {Confidences::parameter(), PlayWeights::parameter("log")};
  return Confidences(Parameters::make(specs, {{"degree_exponent", exponent}}).value());
}

// Item 0 has four listeners, item 1 one, item 2 none.
math::CsrMatrix plays() {
  return math::make_csr(4, 3, std::vector<math::Triplet>{{0, 0, 1}, {1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {3, 1, 1}});
}

// exponent 1/2: 1/2 and 1, whose mean over five plays is 3/5.
TEST(Confidences, WhatManyPlayCountsLess) {
  Confidences confidences = made(0.5);
  const math::CsrMatrix weighted = confidences.learn(plays().view());
  EXPECT_THAT(weighted.values, testing::Pointwise(FloatNear(1e-6F), std::vector<float>{5.0F / 6, 5.0F / 6, 5.0F / 6,
                                                                                       5.0F / 6, 5.0F / 3}));
  const std::vector<HistoryEntry> history = {{0, 1}, {1, 1}, {2, 1}};
  EXPECT_THAT(confidences.of(history),
              ElementsAre(FloatNear(5.0F / 6, 1e-6F), FloatNear(5.0F / 3, 1e-6F), FloatNear(5.0F / 3, 1e-6F)));
}

// log2(1 + 3 / 2) and log2(1 + 1 / 2) of three plays and one, at a mean of two.
TEST(Confidences, PlaysCountBesides) {
  Confidences confidences = made(0.5);
  static_cast<void>(confidences.learn(plays().view()));
  const std::vector<HistoryEntry> history = {{0, 3}, {1, 1}};
  EXPECT_THAT(confidences.of(history),
              ElementsAre(FloatNear(5.0F / 6 * std::log2(2.5F), 1e-6F), FloatNear(5.0F / 3 * std::log2(1.5F), 1e-6F)));
}

TEST(Confidences, WithoutAnExponentTheyArePlayWeights) {
  Confidences confidences = made(0);
  EXPECT_THAT(confidences.learn(plays().view()).values, testing::Each(1));
  EXPECT_THAT(confidences.of(std::vector<HistoryEntry>{{0, 1}, {1, 1}}), ElementsAre(1, 1));
}

TEST(Confidences, NothingPlayedIsNothingToCount) {
  Confidences confidences = made(0.5);
  EXPECT_TRUE(confidences.learn(math::make_csr(2, 3, {}).view()).values.empty());
  EXPECT_THAT(confidences.of(std::vector<HistoryEntry>{{1, 1}}), ElementsAre(1));
}

class ConfidencesFile : public testing::Test {
 protected:
  void save(const Confidences& confidences) const {
    artifact::Writer writer;
    confidences.save(writer);
    ASSERT_TRUE(artifact::publish_to(folder_.path() / "model", {"ials", "recommendation", {}, {}, "", 0}, writer).ok());
  }
  artifact::Reader reader() const { return artifact::Reader::open(folder_.path() / "model").value(); }

  artifact::TemporaryFolder folder_;
};

TEST_F(ConfidencesFile, AreTheSameAfterIt) {
  Confidences confidences = made(0.3);
  static_cast<void>(confidences.learn(plays().view()));
  save(confidences);
  Confidences loaded = made(0.9);
  ASSERT_TRUE(loaded.load(reader(), 3).ok());
  const std::vector<HistoryEntry> history = {{0, 3}, {1, 1}, {2, 1}};
  EXPECT_EQ(loaded.of(history), confidences.of(history));
  EXPECT_EQ(loaded.learn(plays().view()).values, confidences.learn(plays().view()).values);  // an update goes on so
}

TEST_F(ConfidencesFile, OfBeforeThereWereAnyCountsPlaysAlone) {
  Confidences none = made(0);
  static_cast<void>(none.learn(plays().view()));
  save(none);
  Confidences loaded = made(0.15);
  ASSERT_TRUE(loaded.load(reader(), 3).ok());
  EXPECT_THAT(loaded.learn(plays().view()).values, testing::Each(1));
}

TEST_F(ConfidencesFile, OfAnotherNumberOfItemsIsRefused) {
  Confidences confidences = made(0.3);
  static_cast<void>(confidences.learn(plays().view()));
  save(confidences);
  const base::Status status = made(0.3).load(reader(), 4);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
  EXPECT_THAT(status.error().message, HasSubstr("item_confidences"));
}

}  // namespace
}  // namespace mla::models::impl
