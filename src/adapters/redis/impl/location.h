#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::redis {

// What a REDIS_URL points at.
struct Location {
  std::string host;
  int port = 6379;
  std::string socket;  // path of a Unix socket; empty: host and port
  std::string user;    // empty: the default user
  std::string password;
  int database = 0;

  // For messages: where, without who.
  std::string text() const;
};

// redis://[[user]:password@]host[:port][/database] or redis+unix://[[user]:password@]/path[?db=database], as
// redis-py and redis-cli read them; what is no plain letter in user and password is percent-encoded. Errors:
// kUnsupported for rediss:// (hiredis 0.14 speaks no TLS) and other schemes, kInvalidArgument for what is malformed.
base::Result<Location> parse_location(std::string_view url);

}  // namespace mla::redis
