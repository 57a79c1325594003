#include "adapters/sqlite/impl/multi_row_insert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mla::sqlite {
namespace {

constexpr std::size_t kRows = 64;

std::string insert_sql(std::string_view table, std::span<const std::string_view> columns, std::size_t rows) {
  const std::string row = fmt::format("({})", fmt::join(std::vector<std::string_view>(columns.size(), "?"), ","));
  return fmt::format("INSERT INTO \"{}\" (\"{}\") VALUES {} ON CONFLICT DO NOTHING", table,
                     fmt::join(columns, "\", \""), fmt::join(std::vector<std::string>(rows, row), ","));
}

}  // namespace

MultiRowInsert::MultiRowInsert(store::Connection& connection, std::string_view table,
                               std::span<const std::string_view> columns)
    : connection_(connection),
      columns_(columns.size()),
      one_(insert_sql(table, columns, 1)),
      many_(insert_sql(table, columns, kRows)) {
  values_.reserve(kRows * columns_);
}

MultiRowInsert::Piece MultiRowInsert::kept(std::string_view text) {
  const std::size_t begin = bytes_.size();
  bytes_ += text;
  return {begin, text.size(), true};
}

void MultiRowInsert::add(std::span<const std::byte> blob) {
  Piece piece = kept({reinterpret_cast<const char*>(blob.data()), blob.size()});
  piece.is_text = false;
  values_.emplace_back(piece);
}

base::Status MultiRowInsert::write(const std::string& sql, std::span<const Value> values) {
  MLA_ASSIGN(store::Statement * insert, connection_.prepare(sql));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    if (const auto* integer = std::get_if<std::int64_t>(&values[i])) insert->bind(parameter, *integer);
    if (const auto* real = std::get_if<double>(&values[i])) insert->bind(parameter, *real);
    if (const auto* piece = std::get_if<Piece>(&values[i])) {
      const std::string_view bytes = std::string_view(bytes_).substr(piece->begin, piece->size);
      if (piece->is_text) {
        insert->bind(parameter, bytes);
      } else {
        insert->bind(parameter, std::as_bytes(std::span(bytes)));
      }
    }
  }
  MLA_CHECK(insert->step());
  added_ += connection_.changes();
  return {};
}

base::Status MultiRowInsert::end_row() {
  if (values_.size() < kRows * columns_) return {};
  MLA_CHECK(write(many_, values_));
  values_.clear();
  bytes_.clear();
  return {};
}

base::Result<std::int64_t> MultiRowInsert::finish() {
  for (std::size_t row = 0; row < values_.size(); row += columns_) {
    MLA_CHECK(write(one_, std::span(values_).subspan(row, columns_)));
  }
  return added_;
}

}  // namespace mla::sqlite
