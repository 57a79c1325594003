#include "learning/training/calibration.h"

#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/models/algorithms.h"

namespace mla::training {
namespace {

// Listeners whose item at `rank` is played with probability `truth(rank, score)`; scores fall with the rank.
template <class Truth>
std::vector<std::vector<Outcome>> simulate(std::size_t listeners, std::uint64_t seed, const Truth& truth) {
  base::Random random(seed);
  std::vector<std::vector<Outcome>> made(listeners);
  for (auto& outcomes : made) {
    const double level = random.uniform();
    for (int rank = 0; rank < 50; ++rank) {
      const auto score = static_cast<float>(level - 0.02 * rank);
      outcomes.push_back({rank, score, random.uniform() < truth(rank, score)});
    }
  }
  return made;
}

TEST(Calibration, RecoversTheProbabilityOfEachRank) {
  const auto truth = [](int rank, float) { return 0.6 / (0.6 + rank + 1); };  // odds 0.6 / (rank + 1)
  const Calibration calibration = fit_calibration(simulate(20000, 1, truth));
  for (const int rank : {0, 4, 19}) {
    EXPECT_NEAR(calibration.probability(rank, static_cast<float>(0.5 - 0.02 * rank)), truth(rank, 0), 0.02) << rank;
  }
}

TEST(Calibration, UsesTheScoreWhereItKnowsMoreThanTheRank) {
  const auto truth = [](int, float score) { return 1 / (1 + std::exp(-6.0 * score)); };
  const Calibration calibration = fit_calibration(simulate(4000, 2, truth));
  EXPECT_NEAR(calibration.probability(5, 0.6F), truth(5, 0.6F), 0.03);
  EXPECT_NEAR(calibration.probability(5, 0.1F), truth(5, 0.1F), 0.03);
}

TEST(Calibration, NeverRisesWithTheRankEvenIfTheDataDoes) {
  const auto upside_down = [](int rank, float) { return rank / 60.0; };
  const Calibration calibration = fit_calibration(simulate(500, 3, upside_down));
  double before = 1;
  for (int rank = 0; rank < 200; ++rank) {
    const double p = calibration.probability(rank, static_cast<float>(0.5 - 0.01 * rank));
    EXPECT_LE(p, before + 1e-9);
    before = p;
  }
}

TEST(Calibration, ErrorIsSmallOnListenersItHasNotSeen) {
  const auto truth = [](int rank, float score) { return 1 / (1 + std::exp(1.0 + 0.7 * std::log(rank + 1.0) - score)); };
  const Calibration calibration = fit_calibration(simulate(2000, 4, truth));
  EXPECT_LT(calibration_error(calibration, simulate(2000, 5, truth), 20), 0.02);
}

TEST(Calibration, ErrorOfAKnownMistake) {
  // p is 0.5 whatever the place; a quarter is played: the error is 0.25.
  const Calibration half{{0, 0, 0, 0, 1}};
  std::vector<std::vector<Outcome>> listeners(100);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    for (int rank = 0; rank < 4; ++rank) listeners[i].push_back({rank, 1.0F, rank == 0});
  }
  EXPECT_NEAR(calibration_error(half, listeners, 4, 1), 0.25, 1e-9);
  EXPECT_NEAR(calibration_error(half, listeners, 1, 1), 0.5, 1e-9);
  EXPECT_EQ(calibration_error(half, {}, 4), 0);
}

TEST(Calibration, OfNothingIsUnknownAndOfExtremesIsFinite) {
  EXPECT_EQ(fit_calibration({}).probability(0, 1.0F), 0);
  const auto never = simulate(50, 6, [](int, float) { return 0.0; });
  const auto always = simulate(50, 6, [](int, float) { return 2.0; });
  EXPECT_LT(fit_calibration(never).probability(0, 1.0F), 0.01);
  EXPECT_GT(fit_calibration(always).probability(0, 1.0F), 0.9);
  std::vector<std::vector<Outcome>> flat = {{{0, 1.0F, true}, {1, 1.0F, false}}};
  EXPECT_TRUE(std::isfinite(fit_calibration(flat).probability(3, 1.0F)));
}

struct Fitted {
  base::ThreadPool pool{2};
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  models::TrainingData data;
  std::unique_ptr<models::Recommender> model;

  Fitted() {
    // User 0 has items 0 and 1, user 1 item 0, user 2 nothing; 3 items.
    data.interactions = math::make_csr(3, 3, std::vector<math::Triplet>{{0, 0, 1.0F}, {0, 1, 1.0F}, {1, 0, 1.0F}});
    model = models::make_recommender("popularity", {}).value();
    model->fit(data, work).value();
  }
};

TEST(CollectOutcomes, JudgesWhatIsNotHeardYet) {
  Fitted fitted;
  const math::CsrMatrix held = math::make_csr(3, 3, std::vector<math::Triplet>{{1, 1, 1.0F}, {2, 0, 1.0F}});
  // User 2 has no history, user 0 nothing held out: only user 1 is judged, on items 1 (played) and 2.
  const auto outcomes = collect_outcomes(*fitted.model, fitted.data, held.view(), false, 10, 100, fitted.work).value();
  ASSERT_EQ(outcomes.size(), 1U);
  ASSERT_EQ(outcomes[0].size(), 2U);
  EXPECT_TRUE(outcomes[0][0].played);
  EXPECT_EQ(outcomes[0][0].score, 1.0F);
  EXPECT_FALSE(outcomes[0][1].played);
  EXPECT_EQ(outcomes[0][1].rank, 1);
}

TEST(CollectOutcomes, CountsTheSilentWhenAsked) {
  Fitted fitted;
  const math::CsrMatrix held = math::make_csr(3, 3, std::vector<math::Triplet>{{1, 1, 1.0F}});
  EXPECT_EQ(collect_outcomes(*fitted.model, fitted.data, held.view(), true, 10, 100, fitted.work)->size(), 2U);
  EXPECT_EQ(collect_outcomes(*fitted.model, fitted.data, held.view(), true, 10, 1, fitted.work)->size(), 1U);
}

TEST(CollectOutcomes, StopsWhenCancelled) {
  Fitted fitted;
  fitted.cancel.cancel();
  const math::CsrMatrix held = math::make_csr(3, 3, {});
  EXPECT_EQ(collect_outcomes(*fitted.model, fitted.data, held.view(), true, 10, 100, fitted.work).error().code,
            base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::training
