#include "foundation/math/impl/code_sums.h"

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::math::impl {
namespace {

TEST(CodeSums, PlanesAreTheQuery) {
  std::vector<std::int16_t> query;
  for (int value = -8192; value < 8192; value += 7) query.push_back(static_cast<std::int16_t>(value));
  const Planes planes = planes_of(query);
  ASSERT_EQ(planes.high.size() % 32, 0U);
  for (std::size_t j = 0; j < query.size(); ++j) EXPECT_EQ(planes.high[j] * 128 + planes.low[j], query[j]);
}

TEST(CodeSums, AreExactForEveryWidthAndCount) {
  if (!multiplies_bytes()) GTEST_SKIP() << "this processor has no AVX-512 VNNI";
  base::Random random(7);
  for (const std::size_t cols : {1U, 31U, 32U, 33U, 64U, 100U, 128U, 2048U}) {
    for (const std::size_t count : {1U, 3U, 4U, 5U, 9U}) {
      std::vector<std::int8_t> codes(cols * count);
      for (std::int8_t& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random.uniform() * 255) - 127);
      std::vector<std::int16_t> query(cols);
      for (std::int16_t& value : query) {
        value = static_cast<std::int16_t>(static_cast<int>(random.uniform() * 16383) - 8191);
      }
      const std::vector<float> scales(count, 0.5F);
      std::vector<float> out(count, -1);
      code_products(codes.data(), scales.data(), cols, count, planes_of(query), out.data());
      for (std::size_t i = 0; i < count; ++i) {
        std::int32_t sum = 0;
        for (std::size_t j = 0; j < cols; ++j) sum += codes[i * cols + j] * query[j];
        EXPECT_EQ(out[i], 0.5F * static_cast<float>(sum)) << cols << " columns, row " << i << " of " << count;
      }
    }
  }
}

TEST(CodeSums, TheLargestSumsFit) {
  if (!multiplies_bytes()) GTEST_SKIP() << "this processor has no AVX-512 VNNI";
  constexpr std::size_t kCols = 2048;
  for (const int sign : {1, -1}) {
    const std::vector<std::int8_t> codes(kCols, 127);
    const std::vector<std::int16_t> query(kCols, static_cast<std::int16_t>(8191 * sign));
    const float scale = 1;
    float out = 0;
    code_products(codes.data(), &scale, kCols, 1, planes_of(query), &out);
    EXPECT_EQ(out, static_cast<float>(2048 * 127 * 8191 * sign));
  }
}

}  // namespace
}  // namespace mla::math::impl
