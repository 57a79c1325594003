#include "foundation/base/ip_address.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // RFC 4291 2.5.5.2
constexpr int kMappedBits = 96;

// The address with all bits from `bits` on cleared.
IpAddress first_of(const IpAddress& address, int bits) {
  std::array<std::uint8_t, 16> bytes{};
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    bytes[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(address.bytes()[static_cast<std::size_t>(i)] & (0xFF00 >> kept));
  }
  return IpAddress::of_bytes(bytes);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return of_bytes(std::span(bytes).first<4>());
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return of_bytes(bytes);
  return std::nullopt;
}

IpAddress IpAddress::of_bytes(std::span<const std::uint8_t> bytes) {
  IpAddress address;
  auto to = address.bytes_.begin();
  if (bytes.size() == 4) to = std::ranges::copy(kMapped, to).out;
  std::ranges::copy(bytes, to);
  return address;
}

bool IpAddress::is_v4() const { return std::ranges::equal(kMapped, std::span(bytes_).first<kMapped.size()>()); }

std::string_view IpAddress::household() const {
  constexpr std::size_t kNetworkBytes = 8;
  return {reinterpret_cast<const char*>(bytes_.data()), is_v4() ? bytes_.size() : kNetworkBytes};
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMapped.size() : 0), text, sizeof text);
  return text;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const auto invalid = [&](std::string_view what) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no network: {}", is_utf8(text) ? text.substr(0, 64) : "", what)};
  };
  const std::size_t slash = text.find('/');
  const std::string_view numbers = text.substr(0, slash);
  const auto address = IpAddress::parse(numbers);
  if (!address) return invalid("write 192.0.2.1, 10.0.0.0/8, ::1 or 2001:db8::/32");
  const bool v4 = numbers.find(':') == std::string_view::npos;
  const int most = v4 ? 32 : 128;
  const auto length = slash == std::string_view::npos ? most : parse_integer(text.substr(slash + 1)).value_or(-1);
  if (length < 0 || length > most) return invalid(fmt::format("the length after '/' must be 0 … {}", most));
  const int bits = static_cast<int>(length) + (v4 ? kMappedBits : 0);
  const IpAddress first = first_of(*address, bits);
  if (!(first == *address)) {
    return invalid(fmt::format("it has bits beyond its length; write {}/{}", first.text(), length));
  }
  return IpNetwork(first, bits);
}

bool IpNetwork::contains(const IpAddress& address) const { return first_of(address, bits_) == first_; }

}  // namespace mla::base
