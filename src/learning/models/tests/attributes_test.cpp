#include "learning/models/impl/attributes.h"

#include <limits>

#include <gmock/gmock.h>

namespace mla::models::impl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(CheckFinite, NamesTheTensorAndThePlace) {
  std::vector<float> values(10, 1.0F);
  EXPECT_TRUE(check_finite(values, "weights").ok());
  for (const float bad : {kNan, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    values[7] = bad;
    const base::Status status = check_finite(values, "weights");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
    EXPECT_THAT(status.error().message, testing::AllOf(testing::HasSubstr("'weights'"), testing::HasSubstr("at 7")));
  }
}

TEST(CheckFinite, LooksAtVectorsOfEitherKind) {
  math::Matrix floats(3, 4);
  std::vector<std::uint16_t> halves(12, 0x3C00);  // 1
  EXPECT_TRUE(check_finite(math::VectorsView(std::as_const(floats).view()), "v").ok());
  EXPECT_TRUE(check_finite(math::VectorsView(halves, 4), "v").ok());
  floats(2, 1) = kNan;
  halves[11] = 0x7C00;  // infinity
  EXPECT_FALSE(check_finite(math::VectorsView(std::as_const(floats).view()), "v").ok());
  EXPECT_FALSE(check_finite(math::VectorsView(halves, 4), "v").ok());
}

// The bound is what a cold start with a large model rests on; verification reads what is left out here.
TEST(CheckFinite, LeavesWhatIsLargeToVerification) {
  std::vector<float> values(kLookedAt / sizeof(float), 1.0F);
  values.back() = kNan;
  EXPECT_FALSE(check_finite(values, "v").ok());
  values.push_back(kNan);
  EXPECT_TRUE(check_finite(values, "v").ok());
}

}  // namespace
}  // namespace mla::models::impl
