#include "adapters/sqlite/impl/connection.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "adapters/sqlite/impl/multi_row_insert.h"
#include "adapters/sqlite/impl/statement.h"

namespace mla::sqlite {
namespace {

// Of the write-ahead log before what is in it goes into the database (64 MiB): events of a thousand listeners change
// some 2,000 pages, and those that are changed again meanwhile are written there once.
constexpr int kLogPages = 16'384;

// The value of a pragma that answers with one row of text, "" if it answers nothing.
base::Result<std::string> pragma(sqlite3* db, const char* sql, std::string_view name) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(db, sql, -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, &sqlite3_finalize);
  if (code != SQLITE_OK) return error_of(db, code, name);
  code = sqlite3_step(raw);
  if (code == SQLITE_DONE) return std::string();
  if (code != SQLITE_ROW) return error_of(db, code, name);
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
  return std::string(text == nullptr ? "" : text);
}

// The switch to WAL takes an exclusive lock without asking the busy handler: several programs that open a new
// database at once must try again.
base::Status switch_to_wal(sqlite3* db, std::string_view name, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    MLA_ASSIGN(std::string mode, pragma(db, "PRAGMA journal_mode", name));
    if (mode == "wal") return {};
    base::Result<std::string> changed = pragma(db, "PRAGMA journal_mode=WAL", name);
    if (changed.ok() && *changed == "wal") return {};
    const bool busy = changed.ok() || changed.error().code == base::ErrorCode::kBusy;
    if (!busy || std::chrono::steady_clock::now() >= deadline) {
      if (!changed.ok()) return std::move(changed).error();
      return base::Error{
          base::ErrorCode::kIo,
          fmt::format("database '{}' cannot use a write-ahead log (journal mode stays '{}'): put it on a "
                      "local file system",
                      name, *changed)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& file, bool is_uri,
                                                                       std::string name, const Options& options) {
  // NOMUTEX: the pool lends a connection to one thread at a time.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | (is_uri ? SQLITE_OPEN_URI : 0);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Handle db(raw);
  if (raw != nullptr) sqlite3_extended_result_codes(raw, 1);
  if (code != SQLITE_OK) return error_of(raw, code, name);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(std::move(db), std::move(name)));
  MLA_CHECK(connection->configure(options, is_uri));
  return connection;
}

SqliteConnection::SqliteConnection(Handle db, std::string name) : db_(std::move(db)), name_(std::move(name)) {}

SqliteConnection::~SqliteConnection() = default;

base::Status SqliteConnection::configure(const Options& options, bool in_memory) {
  MLA_CHECK(check(sqlite3_busy_timeout(db_.get(), options.busy_timeout_ms)));
  if (sqlite3_db_readonly(db_.get(), "main") == 1) {
    return base::Error{base::ErrorCode::kPermission,
                       fmt::format("no permission to write to database '{}': change its owner or its mode", name_)};
  }
  if (!in_memory) MLA_CHECK(switch_to_wal(db_.get(), name_, options.busy_timeout_ms));
  MLA_CHECK(
      execute(fmt::format("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                          "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint={}; PRAGMA cache_size=-{};",
                          kLogPages, options.cache_kib)));
  if (options.max_pages > 0) MLA_CHECK(execute(fmt::format("PRAGMA max_page_count={}", options.max_pages)));
  return {};
}

base::Status SqliteConnection::check(int code) const {
  if (code == SQLITE_OK) return {};
  return error_of(db_.get(), code, name_);
}

base::Result<store::Statement*> SqliteConnection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    found->second->reset();
    return static_cast<store::Statement*>(found->second.get());
  }
  sqlite3_stmt* raw = nullptr;
  MLA_CHECK(check(sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                     &raw, nullptr)));
  if (raw == nullptr) return base::Error{base::ErrorCode::kInternal, "an empty SQL statement"};
  auto statement = std::make_unique<PreparedStatement>(raw, name_);
  store::Statement* result = statement.get();
  statements_.emplace(sql, std::move(statement));
  return result;
}

base::Status SqliteConnection::execute(std::string_view sql) {
  return check(sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr));
}

base::Result<std::unique_ptr<store::BulkInsert>> SqliteConnection::bulk_insert(
    std::string_view table, std::span<const std::string_view> columns) {
  return std::unique_ptr<store::BulkInsert>(std::make_unique<MultiRowInsert>(*this, table, columns));
}

base::Status SqliteConnection::begin() { return execute("BEGIN IMMEDIATE"); }

base::Status SqliteConnection::begin_read() { return execute("BEGIN"); }

base::Status SqliteConnection::commit() { return execute("COMMIT"); }

void SqliteConnection::rollback() noexcept {
  for (const auto& [sql, statement] : statements_) {
    if (statement->busy()) statement->reset();
  }
  // Fails only where there is no transaction any more: SQLite rolls back by itself after a full disk.
  if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

store::PooledConnection::Condition SqliteConnection::clean() noexcept {
  rollback();
  return Condition::kGood;
}

}  // namespace mla::sqlite
