#include "adapters/postgres/impl/connection.h"

#include <charconv>

#include <fmt/format.h>

#include "adapters/postgres/impl/copy_insert.h"
#include "adapters/postgres/impl/errors.h"
#include "adapters/postgres/impl/placeholders.h"

namespace mla::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

// Rows of an abandoned query that are read to have the connection back; with more than these a new one is cheaper.
constexpr std::size_t kWorthReading = 1000;

// The port promises one writer at a time, so that what a transaction has read stays true until it commits. The lock
// goes with the transaction, however it ends. "mla" and the schema name it.
constexpr const char* kBegin = "BEGIN; SELECT pg_advisory_xact_lock(7171169, hashtext(current_schema()))";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

std::vector<Oid> types_of(const PGresult* described, int count, Oid (*type)(const PGresult*, int)) {
  std::vector<Oid> types;
  for (int i = 0; i < count; ++i) types.push_back(type(described, i));
  return types;
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url, const std::string& name,
                                                                     const Options& options) {
  MLA_ASSIGN(std::unique_ptr<Session> session, Session::connect(url, name, options));
  return std::unique_ptr<PostgresConnection>(new PostgresConnection(std::move(session)));
}

void PostgresConnection::free_wire() {
  if (on_wire_ != nullptr) on_wire_->read_rest();
}

Result<ResultHandle> PostgresConnection::run(const std::string& sql) {
  free_wire();
  return session_->run(sql);
}

Result<store::Statement*> PostgresConnection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    found->second->reset();
    return static_cast<store::Statement*>(found->second.get());
  }
  MLA_ASSIGN(const std::string text, numbered(sql));
  free_wire();
  const std::string name = fmt::format("s{}", ++names_);
  MLA_CHECK(session_->sent(PQsendPrepare(session_->handle(), name.c_str(), text.c_str(), 0, nullptr)));
  MLA_CHECK(session_->last());
  MLA_CHECK(session_->sent(PQsendDescribePrepared(session_->handle(), name.c_str())));
  MLA_ASSIGN(const ResultHandle described, session_->last());
  std::vector<Oid> columns = types_of(described.get(), PQnfields(described.get()), PQftype);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_readable(columns[i])) continue;
    return Error{ErrorCode::kInternal,
                 fmt::format("column {} of the statement has a type that is not read (pg_type {}), cast it: {}", i + 1,
                             columns[i], sql)};
  }
  auto statement = std::make_unique<PreparedStatement>(
      *this, name, types_of(described.get(), PQnparams(described.get()), PQparamtype), std::move(columns));
  store::Statement* result = statement.get();
  statements_.emplace(sql, std::move(statement));
  return result;
}

Status PostgresConnection::execute(std::string_view sql) {
  MLA_ASSIGN(const ResultHandle result, run(std::string(sql)));
  note_changes(result.get());
  return {};
}

Status PostgresConnection::put_on_wire(PreparedStatement& statement, const std::function<int(PGconn*)>& send) {
  free_wire();
  MLA_CHECK(session_->sent(send(session_->handle())));
  PQsetSingleRowMode(session_->handle());
  on_wire_ = &statement;
  return {};
}

void PostgresConnection::note_changes(const PGresult* result) {
  // libpq takes no const here, and changes nothing.
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(result));  // NOLINT(*-const-cast)
  changes_ = 0;
  std::from_chars(text.data(), text.data() + text.size(), changes_);
}

Result<std::unique_ptr<store::BulkInsert>> PostgresConnection::bulk_insert(std::string_view table,
                                                                           std::span<const std::string_view> columns) {
  free_wire();
  return CopyInsert::start(*session_, table, columns);
}

Status PostgresConnection::begin() {
  free_wire();
  if (PQtransactionStatus(session_->handle()) != PQTRANS_IDLE && !session_->broken()) {
    return Error{ErrorCode::kInternal, "a transaction within a transaction"};
  }
  auto begun = run(kBegin);
  if (begun.ok()) return {};
  rollback();
  return std::move(begun).error();
}

Status PostgresConnection::begin_read() {
  free_wire();
  if (PQtransactionStatus(session_->handle()) != PQTRANS_IDLE && !session_->broken()) {
    return Error{ErrorCode::kInternal, "a snapshot within a transaction"};
  }
  MLA_CHECK(run(kBeginRead));
  return {};
}

Status PostgresConnection::commit() {
  MLA_ASSIGN(const ResultHandle done, run("COMMIT"));
  // The server answers the COMMIT of a transaction that failed before with a friendly ROLLBACK.
  if (std::string_view(PQcmdStatus(done.get())) == "COMMIT") return {};
  return Error{
      ErrorCode::kInternal,
      fmt::format("database '{}': nothing was committed, a statement of the transaction had failed", session_->name())};
}

void PostgresConnection::rollback() noexcept {
  if (on_wire_ != nullptr) on_wire_->reset();
  if (session_->broken() || PQtransactionStatus(session_->handle()) == PQTRANS_IDLE) return;
  const auto undone = session_->run("ROLLBACK");
  static_cast<void>(undone);  // one that fails leaves a connection that clean() refuses
}

store::PooledConnection::Condition PostgresConnection::clean() noexcept {
  if (on_wire_ != nullptr && !on_wire_->drop_rest(kWorthReading)) return Condition::kSpent;
  rollback();
  for (const auto& [sql, statement] : statements_) statement->reset();
  if (session_->broken()) return Condition::kBroken;
  return PQtransactionStatus(session_->handle()) == PQTRANS_IDLE ? Condition::kGood : Condition::kSpent;
}

}  // namespace mla::postgres
