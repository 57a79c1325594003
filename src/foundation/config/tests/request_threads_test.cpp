#include "foundation/config/request_threads.h"

#include <gtest/gtest.h>

namespace mla::config {
namespace {

TEST(RequestThreads, AreTwoForEachCoreAndThirtyTwoAtLeast) {
  EXPECT_EQ(request_threads(0), 32);  // where nobody knows how many there are
  EXPECT_EQ(request_threads(16), 32);
  EXPECT_EQ(request_threads(17), 34);
}

}  // namespace
}  // namespace mla::config
