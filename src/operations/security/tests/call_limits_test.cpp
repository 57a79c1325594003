#include "operations/security/call_limits.h"

#include <gtest/gtest.h>

namespace mla::security {
namespace {

base::IpAddress address(std::string_view text) { return base::IpAddress::parse(text).value(); }

class CallLimitsTest : public testing::Test {
 protected:
  std::int64_t now = 0;
  CallLimits limits{{.requests_per_minute = 60, .burst_requests = 0, .logins_per_minute = 3},
                    std::make_unique<MemoryRateLimiter>(1024, [this] { return now; })};
};

TEST_F(CallLimitsTest, APrincipalAndAnAddressAreTwoCallers) {
  EXPECT_TRUE(limits.request_of("p1").allowed);
  EXPECT_FALSE(limits.request_of("p1").allowed);
  EXPECT_TRUE(limits.request_of("p2").allowed);
  EXPECT_TRUE(limits.request_from(address("192.0.2.1")).allowed);
  EXPECT_FALSE(limits.request_from(address("192.0.2.1")).allowed);
  EXPECT_TRUE(limits.request_from(address("192.0.2.2")).allowed);
  EXPECT_TRUE(limits.request_of("192.0.2.1").allowed) << "a principal's id is no address";
}

// Whoever has one address of IPv6 has 2^64 of them.
TEST_F(CallLimitsTest, TheNetworkOfIpv6Counts) {
  EXPECT_TRUE(limits.request_from(address("2001:db8:0:1::1")).allowed);
  EXPECT_FALSE(limits.request_from(address("2001:db8:0:1:ffff::2")).allowed);
  EXPECT_TRUE(limits.request_from(address("2001:db8:0:2::1")).allowed);
}

TEST_F(CallLimitsTest, LoginsAreFewOfAnAddressWhateverTheNames) {
  for (const char* name : {"ana", "ben", "cleo"}) EXPECT_TRUE(limits.login(name, address("192.0.2.1")).allowed) << name;
  EXPECT_FALSE(limits.login("dora", address("192.0.2.1")).allowed);
  EXPECT_TRUE(limits.login("dora", address("192.0.2.2")).allowed);
  EXPECT_TRUE(limits.request_from(address("192.0.2.1")).allowed) << "logins are counted apart";
  now += 20'000'000'000;
  EXPECT_TRUE(limits.login("dora", address("192.0.2.1")).allowed);
}

TEST_F(CallLimitsTest, LoginsAreFewForANameWhereverTheyComeFrom) {
  for (const char* from : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    EXPECT_TRUE(limits.login("ana", address(from)).allowed) << from;
  }
  const RateDecision refused = limits.login("ana", address("192.0.2.4"));
  EXPECT_FALSE(refused.allowed);
  EXPECT_DOUBLE_EQ(refused.retry_after, 20);
  EXPECT_TRUE(limits.login("ben", address("192.0.2.4")).allowed);
}

}  // namespace
}  // namespace mla::security
