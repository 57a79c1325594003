#include "foundation/math/impl/code_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::math::impl {
namespace {

TEST(CodeSums, AQueryIsBroughtToBytes) {
  const std::vector<float> query = {0.5F, -1, 0.25F, 0};
  const ByteQuery bytes = to_bytes(query);
  ASSERT_EQ(bytes.values.size(), 32U);
  EXPECT_THAT(std::vector(bytes.values.begin(), bytes.values.begin() + 5), testing::ElementsAre(64, -127, 32, 0, 0));
  EXPECT_EQ(bytes.sum, 64 - 127 + 32);
}

TEST(CodeSums, NothingStaysNothing) {
  const std::vector<float> query(40, 0);
  const ByteQuery bytes = to_bytes(query);
  EXPECT_THAT(bytes.values, testing::AllOf(testing::SizeIs(64), testing::Each(0)));
  EXPECT_EQ(bytes.sum, 0);
}

TEST(CodeSums, AreExactForEveryWidthAndCount) {
  if (!multiplies_bytes()) GTEST_SKIP() << "this processor has no AVX-512 VNNI";
  base::Random random(7);
  for (const std::size_t cols : {1U, 31U, 32U, 33U, 64U, 100U, 128U, 2048U}) {
    for (const std::size_t count : {1U, 3U, 4U, 5U, 9U}) {
      std::vector<std::int8_t> codes(cols * count);
      for (std::int8_t& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random.uniform() * 255) - 127);
      std::vector<float> values(cols);
      for (float& value : values) value = static_cast<float>(random.normal());
      const ByteQuery query = to_bytes(values);
      const std::vector<float> scales(count, 0.5F);
      std::vector<float> out(count, -1);
      code_products(codes.data(), scales.data(), cols, count, query, out.data());
      for (std::size_t i = 0; i < count; ++i) {
        std::int32_t sum = 0;
        for (std::size_t j = 0; j < cols; ++j) sum += codes[i * cols + j] * query.values[j];
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
    const std::vector<float> query(kCols, static_cast<float>(sign));
    const float scale = 1;
    float out = 0;
    code_products(codes.data(), &scale, kCols, 1, to_bytes(query), &out);
    EXPECT_EQ(out, static_cast<float>(2048 * 127 * 127 * sign));
  }
}

}  // namespace
}  // namespace mla::math::impl
