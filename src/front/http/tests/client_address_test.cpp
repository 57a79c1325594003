#include "front/http/impl/client_address.h"

#include <gtest/gtest.h>

namespace mla::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What the client's address is taken for; 10.0.0.0/8 and ::1 are proxies of ours.
std::string client(std::string_view peer, const Headers& headers, std::string header = "X-Forwarded-For") {
  Request request{"GET", "/", headers, "", {}};
  request.peer = base::IpAddress::parse(peer).value();
  const ProxyTrust trust{{base::IpNetwork::parse("10.0.0.0/8").value(), base::IpNetwork::parse("::1").value()},
                         std::move(header)};
  return client_address(request, trust).text();
}

TEST(ClientAddress, WhoConnectsUnlessThatIsATrustedProxy) {
  EXPECT_EQ(client("192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", {{"X-Forwarded-For", "203.0.113.7"}}), "192.0.2.1") << "a stranger's word";
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "203.0.113.7"}}), "203.0.113.7");
  EXPECT_EQ(client("::1", {{"x-forwarded-for", "2001:db8::7"}}), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, NobodyIsTrustedByDefault) {
  Request request{"GET", "/", {{"X-Forwarded-For", "203.0.113.7"}}, "", {}};
  request.peer = base::IpAddress::parse("127.0.0.1").value();
  EXPECT_EQ(client_address(request, {}).text(), "127.0.0.1");
}

// The client writes what it likes; each proxy adds who connected to it on the right.
TEST(ClientAddress, TheRightMostThatNoProxyOfOursHas) {
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1, 203.0.113.7, 10.0.0.2"}}), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "10.9.9.9, 203.0.113.7"}}), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "203.0.113.7"}}),
            "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3") << "all are ours";
}

TEST(ClientAddress, PortsAndBrackets) {
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "203.0.113.7:4711"}}), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "[2001:db8::7]:4711"}}), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "[2001:db8::7]"}}), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "::ffff:203.0.113.7"}}), "203.0.113.7");
}

// What cannot be read is the word of a proxy that is not asked further: it is the client then.
TEST(ClientAddress, TheWalkEndsAtWhatIsNoAddress) {
  for (const char* odd : {"unknown", "", " , ", "[", "[]", ":", "host.example", "1.2.3", "198.51.100.1, _hidden",
                          "198.51.100.1, unknown, 10.0.0.2,"}) {
    const std::string taken = client("10.0.0.1", {{"X-Forwarded-For", odd}});
    EXPECT_EQ(taken, std::string_view(odd).ends_with("10.0.0.2,") ? "10.0.0.2" : "10.0.0.1") << odd;
  }
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1, ,"}}), "198.51.100.1") << "empty elements are none";
}

TEST(ClientAddress, ForwardedOfRfc7239) {
  const auto forwarded = [](const char* value) { return client("10.0.0.1", {{"Forwarded", value}}, "Forwarded"); };
  EXPECT_EQ(forwarded("for=203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(forwarded("proto=https; For=\"203.0.113.7:4711\" ;by=10.0.0.1"), "203.0.113.7");
  EXPECT_EQ(forwarded("for=198.51.100.1, for=\"[2001:db8::7]:80\""), "2001:db8::7");
  EXPECT_EQ(forwarded("for=198.51.100.1, for=unknown"), "10.0.0.1");
  EXPECT_EQ(forwarded("for=198.51.100.1, proto=https"), "10.0.0.1");
  EXPECT_EQ(forwarded("for"), "10.0.0.1");
  EXPECT_EQ(forwarded("for=\""), "10.0.0.1");
}

// A proxy that writes one of them hands on the other as the client made it up.
TEST(ClientAddress, OnlyTheHeaderOfTheSettingIsRead) {
  const Headers both = {{"X-Forwarded-For", "203.0.113.7"}, {"Forwarded", "for=198.51.100.1"}};
  EXPECT_EQ(client("10.0.0.1", both), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", both, "Forwarded"), "198.51.100.1");
}

}  // namespace
}  // namespace mla::http
