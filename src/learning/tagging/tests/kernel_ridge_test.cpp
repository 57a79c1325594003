#include "learning/tagging/kernel_ridge.h"

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

constexpr std::size_t kRows = 12;

math::Matrix made_kernel() {
  base::Random random(5);
  std::vector<double> x(kRows);
  for (double& value : x) value = random.normal();
  math::Matrix kernel(kRows, kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kRows; ++j) kernel(i, j) = static_cast<float>(std::exp(-std::pow(x[i] - x[j], 2)));
  }
  return kernel;
}

math::Matrix made_targets() {
  base::Random random(6);
  math::Matrix targets(kRows, 2);
  for (float& value : targets.values()) value = static_cast<float>(random.normal());
  return targets;
}

TEST(KernelRidge, OneRowByHand) {
  math::Matrix kernel(1, 1), target(1, 1);
  kernel(0, 0) = 1;
  target(0, 0) = 3;
  Quiet quiet;
  const auto ridge = KernelRidge::fit(kernel, 0.5, target.view(), quiet.work);
  ASSERT_TRUE(ridge.ok());
  EXPECT_NEAR(ridge->dual(0, 0), 2, 1e-6);
}

TEST(KernelRidge, HeldOutIsWhatAFitWithoutTheFoldSays) {
  const math::Matrix kernel = made_kernel(), targets = made_targets();
  const std::vector<int> folds = {0, 0, 1, 1, 2, 2, 0, 1, 2, 0, 1, 2};
  Quiet quiet;
  const auto ridge = KernelRidge::fit(kernel, 0.3, targets.view(), quiet.work);
  ASSERT_TRUE(ridge.ok());
  const auto held_out = ridge->held_out(targets.view(), folds);
  ASSERT_TRUE(held_out.ok());
  for (int fold = 0; fold < 3; ++fold) {
    std::vector<std::size_t> known, asked;
    for (std::size_t i = 0; i < kRows; ++i) (folds[i] == fold ? asked : known).push_back(i);
    math::Matrix part(known.size(), known.size()), values(known.size(), 2);
    for (std::size_t a = 0; a < known.size(); ++a) {
      for (std::size_t b = 0; b < known.size(); ++b) part(a, b) = kernel(known[a], known[b]);
      for (std::size_t k = 0; k < 2; ++k) values(a, k) = targets(known[a], k);
    }
    const auto without = KernelRidge::fit(part, 0.3, values.view(), quiet.work);
    ASSERT_TRUE(without.ok());
    for (const std::size_t row : asked) {
      for (std::size_t k = 0; k < 2; ++k) {
        double said = 0;
        for (std::size_t a = 0; a < known.size(); ++a) said += kernel(row, known[a]) * without->dual(a, k);
        EXPECT_NEAR((*held_out)(row, k), said, 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace mla::tagging
