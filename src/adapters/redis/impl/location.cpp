#include "adapters/redis/impl/location.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "foundation/config/load.h"

namespace mla::redis {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr int kMostDatabases = 1 << 20;  // Redis has 16 unless told otherwise
constexpr std::string_view kForms = "redis://host:6379/0 or redis+unix:///path/of/socket?db=0";

Error malformed(std::string_view url, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("REDIS_URL (cache.redis_url) '{}' {}: write {}", config::mask_password(url), what, kForms)};
}

Result<int> parse_database(std::string_view url, std::string_view text) {
  if (text.empty()) return 0;
  const auto number = base::parse_integer(text);
  if (!number || *number < 0 || *number >= kMostDatabases)
    return malformed(url, fmt::format("names the database '{}', which is no number", text));
  return static_cast<int>(*number);
}

Result<Location> parse_tcp(std::string_view url, const boost::urls::url_view& parts, Location location) {
  location.host = parts.host_type() == boost::urls::host_type::name ? parts.host() : parts.host_address();
  if (location.host.empty() || location.host.find('\0') != std::string::npos) return malformed(url, "names no host");
  if (parts.has_port() && !parts.port().empty()) {
    location.port = parts.port_number();
    if (location.port == 0) return malformed(url, "has no valid port");
  }
  if (parts.has_query()) return malformed(url, "has options after '?', of which none is known");
  std::string path = parts.path();
  if (!path.empty()) path.erase(0, 1);
  MLA_ASSIGN(location.database, parse_database(url, path));
  return location;
}

Result<Location> parse_unix(std::string_view url, const boost::urls::url_view& parts, Location location) {
  if (!parts.host().empty()) return malformed(url, "has a host name before its path");
  location.socket = parts.path();
  if (location.socket.size() < 2 || location.socket.find('\0') != std::string::npos)
    return malformed(url, "names no socket");
  for (const boost::urls::param one : parts.params()) {
    if (one.key != "db") return malformed(url, fmt::format("has the unknown option '{}'", one.key));
    MLA_ASSIGN(location.database, parse_database(url, one.value));
  }
  return location;
}

}  // namespace

std::string Location::text() const { return socket.empty() ? fmt::format("{}:{}", host, port) : socket; }

Result<Location> parse_location(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) {
    return malformed(url, "is no URL (what is no plain letter in user and password is percent-encoded, @ as %40)");
  }
  const boost::urls::url_view& parts = *parsed;
  const std::string scheme = base::to_lower(std::string_view(parts.scheme()));
  if (scheme == "rediss") {
    return Error{ErrorCode::kUnsupported,
                 "REDIS_URL (cache.redis_url) is rediss://, Redis over TLS, which this version does not speak: use "
                 "redis:// in a network of your own or through a TLS tunnel on this machine, or a Unix socket "
                 "(redis+unix:///path)"};
  }
  Location location;
  location.user = parts.user();
  location.password = parts.password();
  if (location.password.empty() && !location.user.empty()) return malformed(url, "names a user without a password");
  if (scheme == "redis") return parse_tcp(url, parts, std::move(location));
  if (scheme == "redis+unix" || scheme == "unix") return parse_unix(url, parts, std::move(location));
  return Error{ErrorCode::kUnsupported,
               fmt::format("REDIS_URL (cache.redis_url) is {}://, which is no Redis: write {}", scheme, kForms)};
}

}  // namespace mla::redis
