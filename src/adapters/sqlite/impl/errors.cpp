#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "adapters/sqlite/impl/connection.h"

namespace mla::sqlite {
namespace {

bool is_full(int errno_value) { return errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG; }
bool is_denied(int errno_value) { return errno_value == EACCES || errno_value == EPERM || errno_value == EROFS; }

std::string reason_of(int errno_value, const char* detail) {
  return errno_value == 0 ? detail : std::generic_category().message(errno_value);
}

}  // namespace

base::Error error_of(sqlite3* db, int code, std::string_view name) {
  using base::Error;
  using base::ErrorCode;
  // SQLite 3.40 forgets the system's reason when writing the log fails in COMMIT; errno still has it.
  const int reported = db == nullptr ? 0 : sqlite3_system_errno(db);
  const int errno_value = reported == 0 && (code & 0xFF) == SQLITE_IOERR ? errno : reported;
  const char* detail = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  const auto denied = [&] {
    return Error{
        ErrorCode::kPermission,
        fmt::format("no permission to write to database '{}': change the owner or the mode of the file and its "
                    "folder",
                    name)};
  };
  const auto full = [&] {
    return Error{ErrorCode::kDiskFull,
                 fmt::format("database '{}' cannot grow, the disk is full: free some space and try again", name)};
  };
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return full();
    case SQLITE_IOERR:
      if (is_full(errno_value)) return full();
      if (code == SQLITE_IOERR_NOMEM) return {ErrorCode::kTooLarge, fmt::format("database '{}': out of memory", name)};
      return {ErrorCode::kIo, fmt::format("database '{}': {} ({})", name, detail, reason_of(errno_value, "I/O error"))};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kCorrupt,
              fmt::format("'{}' is not a database or is damaged ({}): restore a backup or use another DATABASE_URL",
                          name, detail)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kBusy,
              fmt::format("database '{}' is busy: another program is writing to it; try again when it is done", name)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return denied();
    case SQLITE_CANTOPEN:
      if (is_denied(errno_value)) return denied();
      if (is_full(errno_value)) return full();
      return {errno_value == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("cannot open database '{}': {}", name, reason_of(errno_value, detail))};
    case SQLITE_CONSTRAINT: {
      const bool twice = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
      return {twice ? ErrorCode::kAlreadyExists : ErrorCode::kInvalidArgument,
              fmt::format("database '{}': {}", name, detail)};
    }
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return {ErrorCode::kTooLarge, fmt::format("database '{}': {}", name, detail)};
    default:
      return {ErrorCode::kInternal, fmt::format("database '{}': {}", name, detail)};
  }
}

}  // namespace mla::sqlite
