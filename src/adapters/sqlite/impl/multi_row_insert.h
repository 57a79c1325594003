#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/store/database.h"

namespace mla::sqlite {

// Rows by 64 in one INSERT: preparing the cursors costs as much as inserting several rows.
class MultiRowInsert final : public store::BulkInsert {
 public:
  // REQUIRES: `connection` outlives it.
  MultiRowInsert(store::Connection& connection, std::string_view table, std::span<const std::string_view> columns);

  void add_null() override { values_.emplace_back(); }
  void add(std::int64_t value) override { values_.emplace_back(value); }
  void add(double value) override { values_.emplace_back(value); }
  void add(std::string_view text) override { values_.emplace_back(kept(text)); }
  void add(std::span<const std::byte> blob) override;
  base::Status end_row() override;
  base::Result<std::int64_t> finish() override;

 private:
  // Where a value's bytes lie in bytes_.
  struct Piece {
    std::size_t begin;
    std::size_t size;
    bool is_text;
  };
  using Value = std::variant<std::monostate, std::int64_t, double, Piece>;

  Piece kept(std::string_view text);
  base::Status write(const std::string& sql, std::span<const Value> values);

  store::Connection& connection_;
  const std::size_t columns_;
  const std::string one_;
  const std::string many_;
  std::vector<Value> values_;
  std::string bytes_;
  std::int64_t added_ = 0;
};

}  // namespace mla::sqlite
