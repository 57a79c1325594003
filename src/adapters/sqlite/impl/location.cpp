#include "adapters/sqlite/impl/location.h"

#include <fmt/format.h>

namespace mla::sqlite {

base::Result<Location> parse_location(std::string_view where) {
  using base::Error;
  using base::ErrorCode;
  if (where.empty()) {
    return Error{ErrorCode::kInvalidArgument, "no database given: set DATABASE_URL, for example sqlite:///var/ml.db"};
  }
  if (where.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "the database path contains a NUL byte"};
  }
  if (where == ":memory:") return Location{};
  const std::size_t scheme_end = where.find("://");
  if (scheme_end == std::string_view::npos) return Location{std::string(where)};

  // "sqlite+aiosqlite://" is what SQLAlchemy users have in their environment.
  const std::string_view scheme = where.substr(0, scheme_end);
  if (scheme != "sqlite" && !scheme.starts_with("sqlite+")) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("database engine '{}' is not one that this build opens: use sqlite:///path", scheme)};
  }
  std::string_view rest = where.substr(scheme_end + 3);
  if (rest.empty() || rest == "/" || rest == "/:memory:") return Location{};
  if (rest.front() != '/') {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' has a host name; write sqlite:///{} (relative) or sqlite:////… (absolute)", where, rest)};
  }
  rest.remove_prefix(1);
  if (rest.find('?') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}': options after '?' are not supported", where)};
  }
  return Location{std::string(rest)};
}

}  // namespace mla::sqlite
