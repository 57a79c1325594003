#include "learning/tagging/clip_kernel.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::tagging {
namespace {

constexpr std::int32_t kSizes[] = {1, 3};

math::Matrix noise(std::size_t rows) {
  base::Random random(6);
  math::Matrix values(rows, 4);
  for (float& value : values.values()) value = static_cast<float>(100 + 20 * random.normal());
  return values;
}

TEST(ClipKernel, EqualRowsAreAlikeAndNothingIsMoreAlike) {
  const math::Matrix rows = noise(50);
  const ClipKernel kernel = ClipKernel::fit(rows.view(), kSizes);
  EXPECT_EQ(kernel.columns(), 4U);
  const auto codes = kernel.encode(rows.view());
  const auto similarities = kernel.similarities(codes, codes);
  for (std::size_t g = 0; g < ClipKernel::kGammas.size(); ++g) {
    for (std::size_t i = 0; i < 50; ++i) {
      EXPECT_NEAR(similarities[g](i, i), 1, 1e-6);
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_NEAR(similarities[g](i, j), similarities[g](j, i), 1e-6);
        EXPECT_LE(similarities[g](i, j), 1 + 1e-6);
        EXPECT_GT(similarities[g](i, j), 0);
        const float milder = g > 0 ? similarities[g - 1](i, j) : 1;
        EXPECT_LE(similarities[g](i, j), milder) << "a larger gamma is stricter";
      }
    }
  }
}

// The definition, in doubles and without the steps of the codes.
TEST(ClipKernel, IsTheMeanOverFamilies) {
  const math::Matrix rows = noise(60);
  const ClipKernel kernel = ClipKernel::fit(rows.view(), kSizes);
  const auto codes = kernel.encode(rows.view());
  const auto similarities = kernel.similarities(codes, codes);
  double mean[4] = {}, deviation[4] = {};
  for (std::size_t j = 0; j < 4; ++j) {
    for (std::size_t i = 0; i < 60; ++i) mean[j] += rows(i, j) / 60;
    for (std::size_t i = 0; i < 60; ++i) deviation[j] += (rows(i, j) - mean[j]) * (rows(i, j) - mean[j]) / 60;
    deviation[j] = std::sqrt(deviation[j]);
  }
  const auto distance = [&](std::size_t a, std::size_t b, std::size_t begin, std::size_t end) {
    double sum = 0;
    for (std::size_t j = begin; j < end; ++j) {
      const double x = std::clamp((rows(a, j) - mean[j]) / deviation[j], -3.0, 3.0);
      const double y = std::clamp((rows(b, j) - mean[j]) / deviation[j], -3.0, 3.0);
      sum += (x - y) * (x - y);
    }
    return sum;
  };
  double first = 0, second = 0;
  for (std::size_t a = 0; a < 60; ++a) {
    for (std::size_t b = 0; b < 60; ++b) {
      first += distance(a, b, 0, 1) / (60.0 * 59);
      second += distance(a, b, 1, 4) / (60.0 * 59);
    }
  }
  for (std::size_t b = 1; b < 60; ++b) {
    const double wanted =
        (std::exp(-std::sqrt(distance(0, b, 0, 1) / first)) + std::exp(-std::sqrt(distance(0, b, 1, 4) / second))) / 2;
    EXPECT_NEAR(similarities[1](0, b), wanted, 0.02) << "gamma 1, row " << b;
  }
}

TEST(ClipKernel, AnOddColumnCannotDrownTheOthers) {
  math::Matrix rows = noise(40);
  const ClipKernel kernel = ClipKernel::fit(rows.view(), kSizes);
  math::Matrix two(2, 4);
  for (std::size_t j = 0; j < 4; ++j) two(0, j) = two(1, j) = rows(0, j);
  two(1, 0) = 1e9F;
  const auto codes = kernel.encode(two.view());
  EXPECT_GE(kernel.similarities(codes, codes)[0](0, 1), 0.5F) << "the other family is as before";
}

TEST(ClipKernel, AConstantColumnTellsNothing) {
  math::Matrix rows = noise(30);
  for (std::size_t i = 0; i < 30; ++i) rows(i, 0) = 7;
  const ClipKernel kernel = ClipKernel::fit(rows.view(), kSizes);
  const auto codes = kernel.encode(rows.view());
  const auto similarities = kernel.similarities(codes, codes);
  for (const float value : similarities[2].values()) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace mla::tagging
