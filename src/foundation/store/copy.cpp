#include "foundation/store/copy.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include "foundation/store/migrations.h"
#include "foundation/store/tables.h"

namespace mla::store {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::int64_t kRowsBetweenChecks = 4096;
constexpr std::int64_t kRowsAtOnce = 65'536;  // in one bulk insert, so that Ctrl-C is seen between them
// What each database has of its own: when its steps were applied, and a name that no other one has (database_id.h), so
// that nothing which servers share beside the old one is taken for the new one's.
constexpr std::string_view kOwn[] = {"schema_migrations", "database_id"};

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

using RowHash = std::pair<std::uint64_t, std::uint64_t>;  // XXH3

// Hashes rows and adds them to a sum. A value is a letter for its kind and its bytes, whose number is said where it may
// vary.
class Summer {
 public:
  explicit Summer(std::string table) { sum_.table = std::move(table); }

  RowHash add(const Statement& row, const Table& table) {
    bytes_.clear();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto column = static_cast<int>(i);
      if (row.is_null(column)) {
        bytes_ += 'n';
        continue;
      }
      switch (table.columns[i].type) {
        case ColumnType::kInteger:
          put('i', row.integer(column));
          break;
        case ColumnType::kReal:
          put('r', row.real(column));
          break;
        case ColumnType::kText:
          put('t', row.text(column).size());
          bytes_ += row.text(column);
          break;
        case ColumnType::kBlob: {
          const std::span<const std::byte> blob = row.blob(column);
          put('b', blob.size());
          bytes_.append(reinterpret_cast<const char*>(blob.data()), blob.size());
          break;
        }
      }
    }
    const XXH128_hash_t hash = XXH3_128bits(bytes_.data(), bytes_.size());
    ++sum_.rows;
    sum_.high += hash.high64;
    sum_.low += hash.low64;
    return {hash.high64, hash.low64};
  }
  const TableSum& sum() const { return sum_; }

 private:
  template <class T>
  void put(char kind, T value) {
    bytes_ += kind;
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  TableSum sum_;
  std::string bytes_;
};

Result<std::uint64_t> count_rows(Connection& connection, const Table& table) {
  MLA_ASSIGN(Statement * query, connection.prepare(fmt::format("SELECT COUNT(*) FROM \"{}\"", table.name)));
  MLA_CHECK(query->step());
  const auto rows = static_cast<std::uint64_t>(query->integer(0));
  query->reset();
  return rows;
}

// The sum of a table's rows; each goes to `visit` too.
Result<TableSum> read_table(Connection& connection, const Table& table, base::Work& work,
                            const std::function<Status(const Statement&, const RowHash&)>& visit) {
  MLA_ASSIGN(Statement * rows, connection.prepare(fmt::format("SELECT \"{}\" FROM \"{}\"",
                                                              fmt::join(names_of(table), "\", \""), table.name)));
  Summer summer(table.name);
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) break;
    const RowHash hash = summer.add(*rows, table);
    MLA_CHECK(visit(*rows, hash));
    if (summer.sum().rows % kRowsBetweenChecks != 0) continue;
    MLA_CHECK(work.check());
    work.progress.advance(kRowsBetweenChecks);
  }
  return summer.sum();
}

Status no_visit(const Statement&, const RowHash&) { return {}; }

void add_row(BulkInsert& insert, const Statement& row, const Table& table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto column = static_cast<int>(i);
    if (row.is_null(column)) {
      insert.add_null();
      continue;
    }
    switch (table.columns[i].type) {
      case ColumnType::kInteger:
        insert.add(row.integer(column));
        break;
      case ColumnType::kReal:
        insert.add(row.real(column));
        break;
      case ColumnType::kText:
        insert.add(row.text(column));
        break;
      case ColumnType::kBlob:
        insert.add(row.blob(column));
        break;
    }
  }
}

Result<TableSum> copy_table(Connection& from, Connection& to, const Table& table, base::Work& work) {
  const std::vector<std::string> names = names_of(table);
  const std::vector<std::string_view> columns(names.begin(), names.end());
  std::unique_ptr<BulkInsert> insert;
  std::int64_t rows = 0;
  MLA_ASSIGN(const TableSum sum, read_table(from, table, work, [&](const Statement& row, const RowHash&) -> Status {
               if (insert == nullptr) {
                 MLA_ASSIGN(insert, to.bulk_insert(table.name, columns));
               }
               add_row(*insert, row, table);
               MLA_CHECK(insert->end_row());
               if (++rows % kRowsAtOnce != 0) return {};
               MLA_CHECK(insert->finish());
               insert.reset();
               return {};
             }));
  if (insert != nullptr) {
    MLA_CHECK(insert->finish());
  }
  // PostgreSQL draws the next number from a sequence, which knows nothing of numbers that came with their rows.
  for (const Column& column : table.columns) {
    if (to.dialect() != Dialect::kPostgresql || !column.draws_numbers) continue;
    MLA_CHECK(
        to.execute(fmt::format("SELECT setval(pg_get_serial_sequence('\"{0}\"', '{1}'), COALESCE(MAX(\"{1}\"), 1), "
                               "MAX(\"{1}\") IS NOT NULL) FROM \"{0}\"",
                               table.name, column.name)));
  }
  return sum;
}

// Of the tables that are copied.
Result<std::vector<Table>> tables_of(Connection& connection) {
  MLA_ASSIGN(std::vector<Table> found, tables(connection));
  std::erase_if(found, [](const Table& table) { return std::ranges::find(kOwn, table.name) != std::end(kOwn); });
  return found;
}

// Both must know the same tables; the order is that in which the target's were made.
Status check_same(const std::vector<Table>& from, const std::vector<Table>& to) {
  const auto missing = [](const std::vector<Table>& in, const std::vector<Table>& others) -> const Table* {
    const auto found =
        std::ranges::find_if(in, [&](const Table& table) { return std::ranges::find(others, table) == others.end(); });
    return found == in.end() ? nullptr : &*found;
  };
  for (const Table* table : {missing(from, to), missing(to, from)}) {
    if (table == nullptr) continue;
    return Error{ErrorCode::kUnsupported,
                 fmt::format("table '{}' is in one database only, or has other columns there: is it one of this "
                             "program's?",
                             table->name)};
  }
  return {};
}

}  // namespace

Result<std::vector<TableSum>> table_sums(Connection& connection, base::Work& work) {
  MLA_ASSIGN(const std::vector<Table> all, tables_of(connection));
  std::vector<TableSum> sums;
  for (const Table& table : all) {
    MLA_ASSIGN(sums.emplace_back(), read_table(connection, table, work, no_visit));
  }
  return sums;
}

Status check_empty(Connection& target, Connection& fresh, base::Work& work) {
  MLA_ASSIGN(const std::vector<Table> ours, tables_of(fresh));
  MLA_ASSIGN(const std::vector<Table> found, tables_of(target));
  for (const Table& table : found) {
    const auto own = std::ranges::find(ours, table.name, &Table::name);
    if (own == ours.end()) {
      return Error{ErrorCode::kAlreadyExists,
                   fmt::format("the database to copy into has a table '{}', which is none of this program's: take an "
                               "empty one",
                               table.name)};
    }
    const Error filled{
        ErrorCode::kAlreadyExists,
        fmt::format("the database to copy into has rows in table '{}' already: take an empty one", table.name)};
    std::set<RowHash> expected;
    MLA_CHECK(read_table(fresh, *own, work, [&](const Statement&, const RowHash& hash) {
      expected.insert(hash);
      return Status();
    }));
    MLA_CHECK(read_table(target, table, work, [&](const Statement&, const RowHash& hash) {
      return expected.contains(hash) ? Status() : Status(filled);
    }));
  }
  return {};
}

Result<std::vector<TableSum>> copy_database(Database& from, Database& to, Database& fresh, base::Work& work) {
  MLA_ASSIGN(const Lease source, from.acquire());
  MLA_ASSIGN(const Lease target, to.acquire());
  MLA_ASSIGN(const Lease pristine, fresh.acquire());
  MLA_ASSIGN(const Snapshot snapshot, Snapshot::start(*source));
  MLA_ASSIGN(Transaction transaction, Transaction::start(*target));
  MLA_CHECK(check_empty(*target, *pristine, work));
  MLA_ASSIGN(const std::vector<Table> all, tables_of(*target));
  MLA_ASSIGN(const std::vector<Table> given, tables_of(*source));
  MLA_CHECK(check_same(given, all));
  for (const Table& table : std::views::reverse(all)) {
    MLA_CHECK(target->execute(fmt::format("DELETE FROM \"{}\"", table.name)));
  }
  std::vector<TableSum> copied;
  for (const Table& table : all) {
    MLA_ASSIGN(const std::uint64_t rows, count_rows(*source, table));
    work.progress.begin(fmt::format("copy {}", table.name), rows);
    auto sum = copy_table(*source, *target, table, work);
    if (!sum.ok()) return base::with_context(sum.error(), fmt::format("table '{}'", table.name));
    copied.push_back(*std::move(sum));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    work.progress.begin(fmt::format("compare {}", all[i].name), static_cast<std::uint64_t>(copied[i].rows));
    MLA_ASSIGN(const TableSum sum, read_table(*target, all[i], work, no_visit));
    if (sum == copied[i]) continue;
    return Error{ErrorCode::kCorrupt,
                 fmt::format("table '{}' has {} rows, and {} other ones after copying: nothing was kept", sum.table,
                             copied[i].rows, sum.rows)};
  }
  work.progress.end();
  MLA_CHECK(transaction.commit());
  return copied;
}

}  // namespace mla::store
