#include "learning/tagging/metrics.h"

#include <gmock/gmock.h>

namespace mla::tagging {
namespace {

math::Matrix rows(std::initializer_list<std::initializer_list<float>> values) {
  math::Matrix m(values.size(), values.begin()->size());
  std::size_t i = 0;
  for (const auto& row : values) std::copy(row.begin(), row.end(), m.row(i++).begin());
  return m;
}

TEST(Metrics, CountsHitsAndConfusions) {
  const math::Matrix said = rows({{.9f, .1f}, {.4f, .6f}, {.7f, .3f}, {.2f, .8f}});
  const std::vector<int> truth = {0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(accuracy(said.view(), truth), .5);
  const auto counts = confusion(said.view(), truth);
  EXPECT_THAT(counts[0], testing::ElementsAre(1u, 1u));
  EXPECT_THAT(counts[1], testing::ElementsAre(1u, 1u));
}

TEST(Metrics, CalibrationErrorByHand) {
  // Bin .8 to .9 holds two of confidence .85 with one hit, bin .6 to .7 one of .65 that is right.
  const math::Matrix said = rows({{.85f, .15f}, {.85f, .15f}, {.65f, .35f}});
  const std::vector<int> truth = {0, 1, 0};
  EXPECT_NEAR(calibration_error(said.view(), truth), (2 * (.85 - .5) + (1 - .65)) / 3, 1e-6);
}

TEST(Metrics, RSquaredIsScikitLearns) {
  const std::vector<float> truth = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(r_squared(truth, truth), 1);
  EXPECT_DOUBLE_EQ(r_squared(std::vector<float>{2.5, 2.5, 2.5, 2.5}, truth), 0);
  EXPECT_DOUBLE_EQ(r_squared(std::vector<float>{4, 3, 2, 1}, truth), -3);
  const std::vector<float> same = {2, 2};
  EXPECT_DOUBLE_EQ(r_squared(same, same), 1);
  EXPECT_DOUBLE_EQ(r_squared(std::vector<float>{1, 2}, same), 0);
}

}  // namespace
}  // namespace mla::tagging
