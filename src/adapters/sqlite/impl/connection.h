#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sqlite3.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/store/connection_pool.h"

namespace mla::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

// The Error for result code `code` of the last call on `db`; `name` is what people call this database.
base::Error error_of(sqlite3* db, int code, std::string_view name);

class PreparedStatement;

class SqliteConnection final : public store::PooledConnection {
 public:
  // `file` is a path, or a URI if `is_uri`.
  static base::Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, bool is_uri, std::string name,
                                                              const Options& options);
  ~SqliteConnection() override;

  store::Dialect dialect() const override { return store::Dialect::kSqlite; }
  base::Result<store::Statement*> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  std::int64_t changes() const override { return sqlite3_changes64(db_.get()); }
  base::Result<std::unique_ptr<store::BulkInsert>> bulk_insert(std::string_view table,
                                                               std::span<const std::string_view> columns) override;
  base::Status begin() override;
  base::Status begin_read() override;
  base::Status commit() override;
  void rollback() noexcept override;

  Condition clean() noexcept override;
  bool alive() noexcept override { return true; }

 private:
  SqliteConnection(Handle db, std::string name);
  base::Status configure(const Options& options, bool in_memory);
  base::Status check(int code) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  Handle db_;
  std::string name_;
  std::unordered_map<std::string, std::unique_ptr<PreparedStatement>, Hash, std::equal_to<>> statements_;
};

}  // namespace mla::sqlite
