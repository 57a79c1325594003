// A hybrid of one part searches as that part does.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/math/top_k.h"
#include "learning/models/hybrid/hybrid.h"
#include "learning/models/hybrid/tests/listeners.h"

namespace mla::models {
namespace {

std::vector<float> scores_of(const Recommender& model, const Listener& listener) {
  std::vector<float> scores(static_cast<std::size_t>(model.items()));
  model.score(listener, scores);
  return scores;
}

// A part alone searches by itself, which spares a row of scores: list, scores and marks are those of the row all the
// same, with heard items in the list and unheard ones left out of it.
TEST(Hybrid, OfOnePartFindsTheBestOfItsScores) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  for (const char* scan : {"float32", "int8"}) {
    const auto model =
        make_recommender(
            "hybrid",
            {{"parts", std::string("ials")}, {"ials.weight", 1.0}, {"factors", 8.0}, {"scan", std::string(scan)}})
            .value();
    ASSERT_TRUE(model->fit(data, bench.work).ok());
    const auto items = data.interactions.view().row_columns(4);
    const std::vector<std::int32_t> heard(items.begin(), items.end());
    std::vector<HistoryEntry> entries;
    for (const std::int32_t item : heard) entries.push_back({item, 1});
    const std::vector<float> scores = scores_of(*model, {entries, 0});
    std::vector<math::Scored> unheard;
    math::top_k(scores, heard, 1, unheard);
    for (const std::vector<std::int32_t>& excluded : {heard, std::vector<std::int32_t>{heard[0], unheard[0].index}}) {
      std::vector<std::int32_t> ascending = excluded;
      std::ranges::sort(ascending);
      std::vector<math::Scored> best;
      const auto marks = model->best_marked({entries, 0}, ascending, 9, best);
      EXPECT_THAT(marks, testing::ElementsAre(unheard[0].index));
      std::vector<math::Scored> expected;
      math::top_k(scores, ascending, 9, expected);
      ASSERT_EQ(best.size(), 9U);
      for (std::size_t i = 0; i < best.size(); ++i) {
        EXPECT_EQ(best[i].index, expected[i].index) << scan << " rank " << i;
        EXPECT_NEAR(best[i].score, expected[i].score, 1e-5);
      }
    }
    std::vector<math::Scored> for_a_newcomer;
    model->best({}, {}, 3, for_a_newcomer);
    std::vector<math::Scored> popular;
    math::top_k(scores_of(*model->part("popularity"), {}), {}, 3, popular);
    EXPECT_EQ(for_a_newcomer, popular);
  }
}

}  // namespace
}  // namespace mla::models
