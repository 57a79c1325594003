#include "foundation/base/ip_address.h"

#include <gmock/gmock.h>

namespace mla::base {
namespace {

using testing::HasSubstr;

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
IpNetwork network(std::string_view text) { return IpNetwork::parse(text).value(); }

TEST(IpAddress, ReadsBothFamilies) {
  EXPECT_EQ(address("192.0.2.1").text(), "192.0.2.1");
  EXPECT_TRUE(address("192.0.2.1").is_v4());
  EXPECT_EQ(address("2001:DB8:0::1").text(), "2001:db8::1");
  EXPECT_FALSE(address("2001:db8::1").is_v4());
  EXPECT_EQ(IpAddress().text(), "::");
}

// A socket for both families shows IPv4 this way: it must be the same caller.
TEST(IpAddress, MappedIsIpv4) {
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
  EXPECT_EQ(address("::ffff:c000:201").text(), "192.0.2.1");
  const std::uint8_t four[] = {192, 0, 2, 1};
  EXPECT_EQ(IpAddress::of_bytes(four), address("192.0.2.1"));
}

TEST(IpAddress, AHouseholdIsAnAddressOrANetworkOf64Bits) {
  EXPECT_EQ(address("192.0.2.1").household(), address("::ffff:192.0.2.1").household());
  EXPECT_NE(address("192.0.2.1").household(), address("192.0.2.2").household());
  EXPECT_EQ(address("2001:db8:0:1::1").household(), address("2001:db8:0:1:ffff::2").household());
  EXPECT_NE(address("2001:db8:0:1::1").household(), address("2001:db8:0:2::1").household());
}

TEST(IpAddress, WhatIsNone) {
  for (const std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]", "::1%eth0", "localhost",
        "01.2.3.4", "0x7f.1.1.1", ":::", "1:2:3:4:5:6:7:8:9", "unknown"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(IpAddress::parse(std::string(1000, '1')));
}

TEST(IpNetwork, ContainsWhatBeginsWithItsBits) {
  EXPECT_TRUE(network("10.0.0.0/8").contains(address("10.255.1.2")));
  EXPECT_FALSE(network("10.0.0.0/8").contains(address("11.0.0.0")));
  EXPECT_TRUE(network("192.0.2.128/25").contains(address("192.0.2.200")));
  EXPECT_FALSE(network("192.0.2.128/25").contains(address("192.0.2.127")));
  EXPECT_TRUE(network("127.0.0.1").contains(address("127.0.0.1")));
  EXPECT_FALSE(network("127.0.0.1").contains(address("127.0.0.2")));
  EXPECT_TRUE(network("2001:db8::/33").contains(address("2001:db8:7fff::1")));
  EXPECT_FALSE(network("2001:db8::/33").contains(address("2001:db8:8000::1")));
  EXPECT_TRUE(network("::1").contains(address("::1")));
  EXPECT_FALSE(network("::/8").contains(address("2001:db8::1")));
}

TEST(IpNetwork, FamiliesAreKeptApart) {
  EXPECT_TRUE(network("0.0.0.0/0").contains(address("203.0.113.9")));
  EXPECT_FALSE(network("0.0.0.0/0").contains(address("2001:db8::1")));
  EXPECT_FALSE(network("2001:db8::/32").contains(address("32.1.13.184")));
  EXPECT_TRUE(network("::/0").contains(address("203.0.113.9"))) << "everything";
  EXPECT_TRUE(network("::ffff:10.0.0.0/104").contains(address("10.1.2.3")));
}

TEST(IpNetwork, SaysWhatIsWrong) {
  EXPECT_EQ(IpNetwork::parse("10.0.0.1/8").error().message,
            "'10.0.0.1/8' is no network: it has bits beyond its length; write 10.0.0.0/8");
  for (const std::string_view text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8"}) {
    EXPECT_THAT(IpNetwork::parse(text).error().message, HasSubstr("the length after '/' must be 0 … ")) << text;
  }
  for (const std::string_view text : {"", "proxy", "10.0.0/8", "/8", "\xff"}) {
    EXPECT_THAT(IpNetwork::parse(text).error().message, HasSubstr("is no network: write 192.0.2.1")) << text;
  }
}

}  // namespace
}  // namespace mla::base
