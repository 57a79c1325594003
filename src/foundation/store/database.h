#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "foundation/base/result.h"

// The database port. Repositories above are written once against it; adapters/sqlite (and later others) implement it.
// SQL is the common subset of SQLite and PostgreSQL with `?` placeholders; ON CONFLICT and RETURNING are in both.
namespace mla::store {

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

// One session with the database, used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  // Prepared once and kept; the pointer is valid while the connection lives and is reset when asked for again.
  virtual base::Result<Statement*> prepare(std::string_view sql) = 0;
  // One or more statements without parameters or results.
  virtual base::Status execute(std::string_view sql) = 0;
  // Rows changed by the last INSERT, UPDATE or DELETE that ran.
  virtual std::int64_t changes() const = 0;
  virtual base::Status begin() = 0;       // takes the write lock at once; kBusy after the time-out
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
  // kBusy if all connections stay lent for the time-out.
  virtual base::Result<Lease> acquire() = 0;
  // "sqlite" or "postgresql": for the few places where the dialects differ.
  virtual std::string_view dialect() const = 0;
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
