#include "adapters/postgres/impl/errors.h"

#include <string>

#include <fmt/format.h>

namespace mla::postgres {
namespace {

using base::Error;
using base::ErrorCode;

// libpq's messages have several lines.
std::string one_line(const char* text) {
  std::string line;
  for (const char* c = text == nullptr ? "" : text; *c != '\0'; ++c) {
    const bool space = *c == '\n' || *c == '\t' || *c == ' ';
    if (!space) {
      line += *c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

ErrorCode code_of(std::string_view state) {
  struct Row {
    std::string_view prefix;
    ErrorCode code;
  };
  // SQLSTATE, PostgreSQL's appendix A; longer prefixes first.
  constexpr Row kRows[] = {
      {"23505", ErrorCode::kAlreadyExists},  // unique violation
      {"23", ErrorCode::kInvalidArgument},   // other constraints
      {"22", ErrorCode::kInvalidArgument},   // values that the type does not hold
      {"08", ErrorCode::kBusy},              // connection
      {"57P", ErrorCode::kBusy},             // the server stops or starts
      {"57014", ErrorCode::kBusy},           // cancelled, or a time-out of the server's own
      {"53300", ErrorCode::kBusy},           // too many connections
      {"55P03", ErrorCode::kBusy},           // lock not available
      {"40", ErrorCode::kBusy},              // serialisation failure, deadlock
      {"25P03", ErrorCode::kBusy},           // idle in a transaction for too long
      {"53100", ErrorCode::kDiskFull},
      {"53", ErrorCode::kTooLarge},  // memory
      {"54", ErrorCode::kTooLarge},  // a limit of the program
      {"28", ErrorCode::kPermission},
      {"42501", ErrorCode::kPermission},
      {"25006", ErrorCode::kPermission},  // read only
      {"58", ErrorCode::kIo},
      {"XX001", ErrorCode::kCorrupt},
      {"XX002", ErrorCode::kCorrupt},
  };
  for (const Row& row : kRows) {
    if (state.starts_with(row.prefix)) return row.code;
  }
  return ErrorCode::kInternal;
}

}  // namespace

Error error_of(const PGresult* result, std::string_view name) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  const std::string said = one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  const ErrorCode code = code_of(state);
  if (state == "55P03") {
    return {code,
            fmt::format("database '{}' is busy: another program is writing to it; try again when it is done", name)};
  }
  if (code == ErrorCode::kDiskFull) {
    return {code,
            fmt::format("database '{}' cannot grow, the server's disk is full: free some space and try again", name)};
  }
  if (code == ErrorCode::kPermission) {
    return {code, fmt::format("database '{}': {}; grant it to the user of DATABASE_URL, or use another", name, said)};
  }
  if (code == ErrorCode::kBusy) return {code, fmt::format("database '{}': {}; try again", name, said)};
  return {code, fmt::format("database '{}': {}", name, said)};
}

Error unreachable(const PGconn* connection, std::string_view name) {
  return {ErrorCode::kBusy, fmt::format("database '{}' cannot be reached ({}): see that it runs and that DATABASE_URL "
                                        "is right, then try again",
                                        name, one_line(PQerrorMessage(connection)))};
}

}  // namespace mla::postgres
