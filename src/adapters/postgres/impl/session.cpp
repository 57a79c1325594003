#include "adapters/postgres/impl/session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <poll.h>

#include "adapters/postgres/impl/errors.h"

namespace mla::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr int kOldestServer = 120'000;               // as PQserverVersion says it
constexpr int kChecksConnections = 140'000;          // client_connection_check_interval came with 14
constexpr const char* kIdleInTransaction = "10min";  // a program that stops within a transaction holds up all writers

}  // namespace

Session::Session(ConnectionHandle connection, std::string name, const Options& options)
    : connection_(std::move(connection)), name_(std::move(name)), silence_ms_(options.statement_timeout_ms) {}

Result<std::unique_ptr<Session>> Session::connect(const std::string& url, const std::string& name,
                                                  const Options& options) {
  const std::string seconds = std::to_string(options.connect_timeout_seconds);
  // Later words win; the URL, which dbname takes, is in the middle.
  const char* const words[] = {"connect_timeout",
                               "keepalives_idle",
                               "tcp_user_timeout",
                               "dbname",
                               "client_encoding",
                               "fallback_application_name",
                               nullptr};
  const std::string user_timeout = std::to_string(options.statement_timeout_ms);
  const char* const values[] = {seconds.c_str(), "30",   user_timeout.c_str(), url.c_str(), "UTF8",
                                "ml-analytics",  nullptr};
  ConnectionHandle connection(PQconnectdbParams(words, values, 1));
  if (connection == nullptr) return Error{ErrorCode::kTooLarge, "out of memory"};
  if (PQstatus(connection.get()) != CONNECTION_OK) return unreachable(connection.get(), name);
  std::unique_ptr<Session> session(new Session(std::move(connection), name, options));
  MLA_CHECK(session->set_up(options));
  return session;
}

Status Session::set_up(const Options& options) {
  PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  PQsetnonblocking(connection_.get(), 1);
  const int version = PQserverVersion(connection_.get());
  if (version < kOldestServer) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("database '{}' is of PostgreSQL {}: version {} or newer is needed", name_,
                             version / 10'000, kOldestServer / 10'000)};
  }
  const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
  if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("database '{}' is in the encoding {}: make one with createdb --encoding UTF8 --template "
                             "template0",
                             name_, encoding == nullptr ? "?" : encoding)};
  }
  // A lock is given up before the silence of its wait looks like the end of the server.
  const int lock_ms = std::min(options.busy_timeout_ms, silence_ms_ - silence_ms_ / 5);
  std::string sql = fmt::format(
      "SELECT set_config('lock_timeout', '{}ms', false), "
      "set_config('idle_in_transaction_session_timeout', '{}', false), "
      "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END{}, "
      "current_schema()",
      lock_ms, kIdleInTransaction,
      version >= kChecksConnections ? ", set_config('client_connection_check_interval', '10s', false)" : "");
  MLA_ASSIGN(const ResultHandle settings, run(sql));
  if (PQgetisnull(settings.get(), 0, PQnfields(settings.get()) - 1) != 0) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("no schema of the search path of database '{}' is there: create one, or leave "
                             "search_path out of DATABASE_URL",
                             name_)};
  }
  return {};
}

Error Session::lost() {
  broken_ = true;
  return unreachable(connection_.get(), name_);
}

Error Session::error(const PGresult* result) {
  return PQstatus(connection_.get()) == CONNECTION_OK ? error_of(result, name_) : lost();
}

bool Session::alive() {
  if (broken()) return false;
  pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
  if (::poll(&socket, 1, 0) == 0) return true;
  // Something came while nobody asked: a parameter that changed, or the server's farewell.
  return PQconsumeInput(connection_.get()) == 1 && PQstatus(connection_.get()) == CONNECTION_OK &&
         ::poll(&socket, 1, 0) == 0;
}

Status Session::wait(short events) {
  if (broken_) return lost();
  pollfd socket{PQsocket(connection_.get()), events, 0};
  int ready = 0;
  do {
    ready = ::poll(&socket, 1, silence_ms_);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return {};
  broken_ = true;
  return Error{ErrorCode::kBusy,
               fmt::format("database '{}' has not answered for {:g} s: see that it runs, then try again "
                           "(database.statement_timeout)",
                           name_, silence_ms_ / 1000.0)};
}

Status Session::flush() {
  for (;;) {
    const int code = PQflush(connection_.get());
    if (code == 0) return {};
    if (code < 0) return lost();
    MLA_CHECK(wait(POLLIN | POLLOUT));
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
}

Status Session::sent(int code) {
  if (code == 0) return lost();
  return flush();
}

Result<ResultHandle> Session::next() {
  while (PQisBusy(connection_.get()) == 1) {
    MLA_CHECK(wait(POLLIN));
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
  return ResultHandle(PQgetResult(connection_.get()));
}

Result<ResultHandle> Session::last() {
  ResultHandle found;
  std::optional<Error> failed;
  for (;;) {
    MLA_ASSIGN(ResultHandle result, next());
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR) {
      if (!failed) failed = error(result.get());
    }
    found = std::move(result);
    if (status == PGRES_COPY_IN) break;
  }
  if (failed) return *std::move(failed);
  return found;
}

Result<ResultHandle> Session::run(const std::string& sql) {
  MLA_CHECK(sent(PQsendQuery(connection_.get(), sql.c_str())));
  return last();
}

Status Session::put_copy_data(const std::string& bytes) {
  for (;;) {
    const int code = PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (code == 1) return flush();
    if (code < 0) return lost();
    MLA_CHECK(flush());
  }
}

Status Session::end_copy(const char* reason) {
  for (;;) {
    const int code = PQputCopyEnd(connection_.get(), reason);
    if (code == 1) return flush();
    if (code < 0) return lost();
    MLA_CHECK(flush());
  }
}

}  // namespace mla::postgres
