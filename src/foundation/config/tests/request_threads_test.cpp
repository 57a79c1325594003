#include "foundation/config/request_threads.h"

#include <gtest/gtest.h>

namespace mla::config {
namespace {

TEST(RequestThreads, AreTwoForEachCoreAndSixteenAtLeast) {
  EXPECT_EQ(request_threads(0), 16);  // where nobody knows how many there are
  EXPECT_EQ(request_threads(8), 16);
  EXPECT_EQ(request_threads(9), 18);
}

}  // namespace
}  // namespace mla::config
