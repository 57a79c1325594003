#include "learning/models/impl/contained.h"

#include <limits>
#include <stdexcept>

#include <gmock/gmock.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/log.h"
#include "learning/models/algorithms.h"

namespace mla::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Does what a test tells it.
struct Behaviour {
  std::vector<float> scores;
  std::vector<math::Scored> best;
  std::vector<Evidence> facts;
  std::int32_t items = 3;
  bool throws = false;
};

class Strange final : public Recommender {
 public:
  explicit Strange(const Behaviour& behaviour) : behaviour_(&behaviour) {}
  std::string_view name() const override { return "strange"; }
  std::int32_t items() const override { return behaviour_->items; }
  base::Status fit(const TrainingData&, base::Work&) override { return act(); }
  void score(const Listener&, std::span<float> scores) const override {
    std::ranges::copy(behaviour_->scores, scores.begin());
    act().value();
  }
  void best(const Listener&, std::span<const std::int32_t>, std::size_t,
            std::vector<math::Scored>& best) const override {
    best = behaviour_->best;
    act().value();
  }
  std::vector<Evidence> explain(const Listener&, std::int32_t, std::size_t) const override {
    act().value();
    return behaviour_->facts;
  }
  std::vector<std::string> report() const override {
    act().value();
    return {"fine"};
  }
  base::Status save(artifact::Writer&) const override { return act(); }
  base::Status load(const artifact::Reader&) override { return act(); }

 private:
  base::Status act() const {
    if (behaviour_->throws) throw std::runtime_error("no idea");
    return {};
  }
  const Behaviour* behaviour_;
};

// The message of the base::Failure that the call throws.
std::string thrown(const std::function<void()>& call) {
  try {
    call();
  } catch (const base::Failure& failure) {
    return failure.error().message;
  }
  return "nothing";
}

class ContainedTest : public testing::Test {
 protected:
  ContainedTest() {
    base::log::set_level(base::log::Level::kOff);
    data_.interactions = math::make_csr(1, 3, std::vector<math::Triplet>{{0, 0, 1}});
  }
  std::unique_ptr<Recommender> made() {
    return impl::contained("own", [this](const Parameters&) { return std::make_unique<Strange>(behaviour_); })({});
  }
  std::unique_ptr<Recommender> fitted() {
    auto model = made();
    EXPECT_TRUE(model->fit(data_, work_).ok());
    return model;
  }
  std::vector<std::int32_t> best(std::vector<std::int32_t> excluded = {}, std::size_t k = 10) {
    std::vector<math::Scored> best;
    fitted()->best(listener_, excluded, k, best);
    std::vector<std::int32_t> items;
    for (const math::Scored& one : best) items.push_back(one.index);
    return items;
  }
  std::vector<float> scores() {
    std::vector<float> scores(3, 7.0F);
    fitted()->score(listener_, scores);
    return scores;
  }

  Behaviour behaviour_;
  TrainingData data_;
  std::vector<HistoryEntry> history_ = {{0, 1.0F}};
  Listener listener_{history_};
  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
};

TEST_F(ContainedTest, AGoodModelIsLeftAsItIs) {
  behaviour_.scores = {1, 3, 2};
  behaviour_.best = {{1, 3}, {2, 2}};
  behaviour_.facts = {{Evidence::Kind::kCoListening, 0, 0.5F}, {Evidence::Kind::kPopular, -1, 0.25F}};
  EXPECT_EQ(fitted()->name(), "own");
  EXPECT_EQ(fitted()->items(), 3);
  EXPECT_THAT(scores(), ElementsAre(1, 3, 2));
  EXPECT_THAT(best(), ElementsAre(1, 2));
  EXPECT_THAT(best({}, 1), ElementsAre(1));
  EXPECT_EQ(fitted()->explain(listener_, 1, 5).size(), 2U);
  EXPECT_EQ(fitted()->explain(listener_, 1, 1).size(), 1U);
  EXPECT_THAT(fitted()->report(), ElementsAre("fine"));
}

TEST_F(ContainedTest, WhatItThrowsIsAnError) {
  const auto model = fitted();
  behaviour_.throws = true;
  const base::Status refused = made()->fit(data_, work_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::kInternal);
  EXPECT_EQ(refused.error().message, "the model 'own' throws while it learns: no idea");
  artifact::Writer writer;
  EXPECT_THAT(model->save(writer).error().message, HasSubstr("while it is saved"));
  behaviour_.scores = {1, 2, 3};
  behaviour_.best = {{1, 3}};
  std::vector<float> scores(3, 7.0F);
  EXPECT_THAT(thrown([&] { model->score(listener_, scores); }), "the model 'own' throws while it scores: no idea");
  std::vector<math::Scored> best;
  EXPECT_THAT(thrown([&] { model->best(listener_, {}, 5, best); }),
              "the model 'own' throws while it recommends: no idea");
  EXPECT_THAT(model->explain(listener_, 1, 5), IsEmpty());
  EXPECT_THAT(model->report(), IsEmpty());
}

TEST_F(ContainedTest, ScoresThatAreNoNumbersComeLast) {
  behaviour_.scores = {kNan, 3, -2};
  EXPECT_THAT(scores(), ElementsAre(-2, 3, -2));
  behaviour_.scores = {std::numeric_limits<float>::infinity(), kNan, kNan};
  EXPECT_THAT(scores(), ElementsAre(0, 0, 0));
}

TEST_F(ContainedTest, OnlyItemsThatExistAreRecommendedOnceAndInOrder) {
  behaviour_.best = {{7, 9}, {-1, 8}, {0, kNan}, {2, 1}, {1, 2}, {2, 1}};
  EXPECT_THAT(best(), ElementsAre(1, 2));
  EXPECT_THAT(best({1}), ElementsAre(2));
}

TEST_F(ContainedTest, FactsNameTheHistory) {
  behaviour_.facts = {{Evidence::Kind::kCoListening, 2, 1},  {Evidence::Kind::kSharedTag, 0, 1, 0},
                      {Evidence::Kind::kSameArtist, -5, 1},  {Evidence::Kind::kSoundsLike, 0, kNan},
                      {Evidence::Kind::kCoListening, 0, -1}, {Evidence::Kind::kSameArtist, 0, 1}};
  const auto facts = fitted()->explain(listener_, 1, 10);
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].kind, Evidence::Kind::kSameArtist);
}

TEST_F(ContainedTest, AnotherNumberOfItemsIsRefused) {
  behaviour_.items = 4;
  const base::Status status = made()->fit(data_, work_);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("knows 4 items after it has learnt from 3"));
}

TEST_F(ContainedTest, WhatWasNotMadeSaysSoWheneverItIsAsked) {
  const auto nothing = impl::contained("own", [](const Parameters&) { return nullptr; })({});
  EXPECT_THAT(nothing->fit(data_, work_).error().message, HasSubstr("was not made"));
  const auto thrown = impl::contained("own", [](const Parameters&) -> std::unique_ptr<Recommender> { throw 5; })({});
  EXPECT_THAT(thrown->fit(data_, work_).error().message, HasSubstr("while it is made: something that is no"));
  EXPECT_EQ(thrown->items(), 0);
}

Algorithm own(std::string name) {
  static const Behaviour behaviour;
  Algorithm made;
  made.name = std::move(name);
  made.description = "a test's own";
  made.parameters = {{"depth", 3.0, 1, 9, "how deep", {}, true}};
  made.make = [](const Parameters&) { return std::make_unique<Strange>(behaviour); };
  return made;
}

TEST(RegisterAlgorithm, ARegisteredOneIsFoundAndMadeByItsName) {
  EXPECT_FALSE(find_algorithm("registered_here").ok());
  ASSERT_TRUE(register_algorithm(own("registered_here")).ok());
  EXPECT_EQ((*make_recommender("registered_here", {{"depth", 4.0}}))->name(), "registered_here");
  EXPECT_THAT(make_recommender("registered_here", {{"depht", 4.0}}).error().message, HasSubstr("did you mean 'depth'"));
  EXPECT_THAT(find_algorithm("registered_her").error().message, HasSubstr("did you mean 'registered_here'"));
  EXPECT_THAT(register_algorithm(own("registered_here")).error().message, HasSubstr("registered already"));
}

TEST(RegisterAlgorithm, NamesThatAreTakenOrNoneAreRefused) {
  for (const char* taken : {"ials", "hybrid", "auto", "collaborative", "two_tower"})
    EXPECT_THAT(register_algorithm(own(taken)).error().message, HasSubstr("one of ours")) << taken;
  for (const char* bad : {"", "Mine", "../up", "7th", "with space"})
    EXPECT_THAT(register_algorithm(own(bad)).error().message, HasSubstr("its name must be")) << bad;
  EXPECT_FALSE(register_algorithm(own(std::string(65, 'a'))).ok());
  Algorithm nothing = own("makes_nothing");
  nothing.make = nullptr;
  EXPECT_THAT(register_algorithm(nothing).error().message, HasSubstr("no function"));
}

}  // namespace
}  // namespace mla::models
