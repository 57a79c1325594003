#pragma once

#include <string>

#include <sqlite3.h>

#include "foundation/store/database.h"

namespace mla::sqlite {

// Owned by its connection; `name` outlives it.
class PreparedStatement final : public store::Statement {
 public:
  PreparedStatement(sqlite3_stmt* statement, const std::string& name) : statement_(statement), name_(name) {}
  ~PreparedStatement() override { sqlite3_finalize(statement_); }
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  void bind_null(int index) override { keep(sqlite3_bind_null(statement_, index)); }
  void bind(int index, std::int64_t value) override { keep(sqlite3_bind_int64(statement_, index, value)); }
  void bind(int index, double value) override { keep(sqlite3_bind_double(statement_, index, value)); }
  void bind(int index, std::string_view text) override;
  void bind(int index, std::span<const std::byte> blob) override;

  base::Result<bool> step() override;
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const override;
  std::span<const std::byte> blob(int column) const override;
  void reset() override;

  bool busy() const { return sqlite3_stmt_busy(statement_) != 0; }

 private:
  void keep(int code) {
    if (code != SQLITE_OK) bind_error_ = code;
  }

  sqlite3_stmt* statement_;
  const std::string& name_;
  int bind_error_ = SQLITE_OK;
};

}  // namespace mla::sqlite
