#include "foundation/store/tables.h"

#include <algorithm>

#include <fmt/format.h>

namespace mla::store {
namespace {

// One row a column: table, column, type, whether it draws numbers. The one place where what a database says of itself
// is read. (A table of sqlite_schema that begins with sqlite_ is SQLite's own.)
constexpr std::string_view kSqliteColumns = R"sql(
SELECT t.name, c.name, c.type,
       c.type = 'INTEGER' AND c.pk = 1 AND (SELECT COUNT(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1
FROM sqlite_schema t JOIN pragma_table_info(t.name) c
WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY t.rowid, c.name)sql";
constexpr std::string_view kPostgresqlColumns = R"sql(
SELECT CAST(t.relname AS TEXT), CAST(c.attname AS TEXT), format_type(c.atttypid, NULL), c.attidentity <> ''
FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind = 'r' AND n.nspname = current_schema() AND c.attnum > 0 AND NOT c.attisdropped
ORDER BY t.oid, c.attname COLLATE "C")sql";

base::Result<ColumnType> type_of(std::string_view table, std::string_view column, std::string_view type) {
  struct Row {
    std::string_view name;
    ColumnType type;
  };
  constexpr Row kTypes[] = {{"INTEGER", ColumnType::kInteger}, {"bigint", ColumnType::kInteger},
                            {"REAL", ColumnType::kReal},       {"double precision", ColumnType::kReal},
                            {"TEXT", ColumnType::kText},       {"text", ColumnType::kText},
                            {"BLOB", ColumnType::kBlob},       {"bytea", ColumnType::kBlob}};
  const auto* found = std::ranges::find(kTypes, type, &Row::name);
  if (found != std::end(kTypes)) return found->type;
  return base::Error{
      base::ErrorCode::kUnsupported,
      fmt::format("column {} of table {} has the type '{}', which is none of this program's", column, table, type)};
}

}  // namespace

base::Result<std::vector<Table>> tables(Connection& connection) {
  MLA_ASSIGN(Statement * rows,
             connection.prepare(connection.dialect() == Dialect::kSqlite ? kSqliteColumns : kPostgresqlColumns));
  std::vector<Table> found;
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return found;
    if (found.empty() || found.back().name != rows->text(0)) found.push_back({std::string(rows->text(0)), {}});
    MLA_ASSIGN(const ColumnType type, type_of(rows->text(0), rows->text(1), rows->text(2)));
    found.back().columns.push_back({std::string(rows->text(1)), type, rows->integer(3) != 0});
  }
}

}  // namespace mla::store
