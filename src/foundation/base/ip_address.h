#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::base {

// An IPv4 or IPv6 address. IPv4 inside IPv6 (::ffff:192.0.2.1), as sockets for both show it, is IPv4.
class IpAddress {
 public:
  IpAddress() = default;  // "::", that of nobody
  // Numeric, without brackets, port or zone.
  static std::optional<IpAddress> parse(std::string_view text);
  // REQUIRES: 4 or 16 bytes, in the order of the network.
  static IpAddress of_bytes(std::span<const std::uint8_t> bytes);

  bool is_v4() const;
  // 16 bytes, in the order of the network; of IPv4 ::ffff:0:0/96.
  std::span<const std::uint8_t, 16> bytes() const { return bytes_; }
  std::string text() const;
  // The first bytes, by which those who call from there are told apart: all of them, but of IPv6 the network of 64
  // bits, since everybody there has 2^64 addresses. A view of this.
  std::string_view household() const;
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// All addresses that begin with the same bits: "10.0.0.0/8", "2001:db8::/32", or one address. "::/0" is everything,
// IPv4 too.
class IpNetwork {
 public:
  // kInvalidArgument says what is wrong: no address, a length that is none, bits beyond the length.
  static Result<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& first, int bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  int bits_;  // of IpAddress::bytes
};

}  // namespace mla::base
