#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "foundation/base/result.h"

// The database port. Repositories above are written once against it; adapters/sqlite and adapters/postgres implement
// it. SQL is the common subset of SQLite and PostgreSQL with `?` placeholders; docs/stores.md says what is in it. In
// short: ON CONFLICT and RETURNING are in both; "user" is written in quotes; NULLS FIRST or LAST is said where it
// matters; columns of a result are integers, floats, text, blobs or truth values (read as 0 and 1).
namespace mla::store {

// What is asked only where a schema is made (migrations.h) or copied.
enum class Dialect : std::uint8_t { kSqlite, kPostgresql };

// A prepared statement on one connection. Not thread-safe. Views read from a row are valid until the next step.
class Statement {
 public:
  virtual ~Statement() = default;
  // Parameters count from 1. Text and blobs are copied. A failed bind is reported by the next step.
  virtual void bind_null(int index) = 0;
  virtual void bind(int index, std::int64_t value) = 0;
  virtual void bind(int index, double value) = 0;
  virtual void bind(int index, std::string_view text) = 0;
  virtual void bind(int index, std::span<const std::byte> blob) = 0;

  // True: a row is there. False: done.
  virtual base::Result<bool> step() = 0;
  // Columns count from 0. NULL reads as 0 or empty.
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::span<const std::byte> blob(int column) const = 0;

  // Ready to run again, bindings cleared. A statement that is not stepped to its end holds its snapshot until then.
  virtual void reset() = 0;
};

// Rows on their way into one table, many times faster than a statement each. A row that collides with one that is
// there, or with an earlier one of these, is left out. Values are copied.
class BulkInsert {
 public:
  virtual ~BulkInsert() = default;
  // The next column of the row, from left to right.
  virtual void add_null() = 0;
  virtual void add(std::int64_t value) = 0;
  virtual void add(double value) = 0;
  virtual void add(std::string_view text) = 0;
  virtual void add(std::span<const std::byte> blob) = 0;
  // REQUIRES: a value for each column.
  virtual base::Status end_row() = 0;
  // Returns how many rows are new. Once, at the end; without it what came before is undone with the transaction.
  virtual base::Result<std::int64_t> finish() = 0;
};

// One session with the database, used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;
  // Prepared once and kept; the pointer is valid while the connection lives and is reset when asked for again.
  virtual base::Result<Statement*> prepare(std::string_view sql) = 0;
  // One or more statements without parameters or results.
  virtual base::Status execute(std::string_view sql) = 0;
  // Rows changed by the last INSERT, UPDATE or DELETE that ran.
  virtual std::int64_t changes() const = 0;
  // REQUIRES: a transaction; the columns that have no default are among these; no other use of the connection until it
  // is finished or gone. `table` and `columns` are names without quotes.
  virtual base::Result<std::unique_ptr<BulkInsert>> bulk_insert(std::string_view table,
                                                                std::span<const std::string_view> columns) = 0;
  virtual base::Status begin() = 0;       // one writer at a time: waits for the others; kBusy after the time-out
  virtual base::Status begin_read() = 0;  // all reads until rollback see one state, and cost less than one by one
  virtual base::Status commit() = 0;      // durable when it returns
  virtual void rollback() noexcept = 0;
};

// Gives a connection back to its database's pool at the end of its life: an open transaction is rolled back and
// statements are reset. It may outlive the Database.
using Lease = std::unique_ptr<Connection, std::function<void(Connection*)>>;

// Where connections come from. Thread-safe.
class Database {
 public:
  virtual ~Database() = default;
  // kBusy if all connections stay lent for the time-out, or a server cannot be reached: the next call tries again.
  virtual base::Result<Lease> acquire() = 0;
  // For those who write much: the connection that did so last, if it is free, since what it remembers of the database
  // is still true.
  virtual base::Result<Lease> acquire_writer() { return acquire(); }
};

// Begins at construction through `start`, rolls back unless committed.
class Transaction {
 public:
  static base::Result<Transaction> start(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  // Durable when it returns ok; after an error nothing of the transaction is kept.
  base::Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

// Many reads of one state of the database, for as long as it lives.
class Snapshot {
 public:
  static base::Result<Snapshot> start(Connection& connection);
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

 private:
  explicit Snapshot(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace mla::store
