#include "adapters/sqlite/impl/statement.h"

#include "adapters/sqlite/impl/connection.h"

namespace mla::sqlite {

void PreparedStatement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  keep(sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
}

void PreparedStatement::bind(int index, std::span<const std::byte> blob) {
  keep(blob.empty() ? sqlite3_bind_zeroblob(statement_, index, 0)
                    : sqlite3_bind_blob64(statement_, index, blob.data(), blob.size(), SQLITE_TRANSIENT));
}

base::Result<bool> PreparedStatement::step() {
  const int code = bind_error_ == SQLITE_OK ? sqlite3_step(statement_) : bind_error_;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  base::Error error = error_of(sqlite3_db_handle(statement_), code, name_);
  reset();
  return error;
}

std::string_view PreparedStatement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> PreparedStatement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void PreparedStatement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bind_error_ = SQLITE_OK;
}

}  // namespace mla::sqlite
