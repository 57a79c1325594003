#include "operations/pipelines/archive/analyses.h"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "foundation/store/migrations.h"
#include "operations/pipelines/archive/impl/packed_text.h"

namespace mla::pipelines {
namespace {

using base::Result;
using base::Status;
using store::Statement;

constexpr store::Migration kMigrations[] = {
    {1, "full analyses", R"sql(
CREATE TABLE analyses (
  payload  TEXT PRIMARY KEY,
  number   INTEGER NOT NULL UNIQUE,
  recorded INTEGER NOT NULL,
  document BLOB NOT NULL
) WITHOUT ROWID;
)sql"},
};

// What is true of one file, not of the sound that others may have, too.
constexpr const char* kOfTheFile[] = {"file", "file_bytes", "file_modified_ns"};

constexpr std::string_view kColumns = "payload, number, recorded, document";

Result<FullAnalysis> read_row(const Statement& row) {
  FullAnalysis analysis;
  analysis.payload = row.text(0);
  analysis.number = row.integer(1);
  analysis.recorded = row.integer(2);
  auto json = unpack(row.blob(3));
  if (!json.ok())
    return base::with_context(json.error(), fmt::format("the full analysis of sound {}", analysis.payload));
  analysis.json = *std::move(json);
  return analysis;
}

Result<std::int64_t> newest_of(store::Connection& connection) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT COALESCE(MAX(number), 0) FROM analyses"));
  MLA_CHECK(query->step());
  const std::int64_t number = query->integer(0);
  query->reset();
  return number;
}

}  // namespace

Result<Analyses> Analyses::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(store::migrate(*connection, "archive", kMigrations));
  return Analyses(database);
}

Status Analyses::put(std::span<const Found> found, base::UnixMillis now) {
  if (found.empty()) return {};
  std::vector<std::string> packed;
  for (const Found& one : found) {
    boost::json::object analysis = one.analysis;
    for (const char* key : kOfTheFile) {
      if (const auto at = analysis.find(key); at != analysis.end()) analysis.stable_erase(at);
    }
    packed.push_back(pack(base::to_json_text(analysis)));
  }
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  // Writers come one after the other, so numbers are committed in their order: who has read up to one missed none.
  MLA_ASSIGN(std::int64_t number, newest_of(*connection));
  for (std::size_t i = 0; i < found.size(); ++i) {
    MLA_ASSIGN(Statement * insert,
               connection->prepare(fmt::format("INSERT INTO analyses ({}) VALUES (?, ?, ?, ?) ON CONFLICT (payload) DO "
                                               "UPDATE SET number = excluded.number, recorded = excluded.recorded, "
                                               "document = excluded.document WHERE analyses.document <> "
                                               "excluded.document",
                                               kColumns)));
    insert->bind(1, found[i].payload);
    insert->bind(2, ++number);
    insert->bind(3, now);
    insert->bind(4, std::as_bytes(std::span(packed[i])));
    MLA_CHECK(insert->step());
  }
  return transaction.commit();
}

Result<std::optional<FullAnalysis>> Analyses::find(const std::string& payload) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format("SELECT {} FROM analyses WHERE payload = ?", kColumns)));
  query->bind(1, payload);
  MLA_ASSIGN(const bool known, query->step());
  if (!known) return std::optional<FullAnalysis>();
  MLA_ASSIGN(FullAnalysis analysis, read_row(*query));
  query->reset();
  return std::optional(std::move(analysis));
}

Result<std::vector<FullAnalysis>> Analyses::after(std::int64_t number, std::size_t most) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query, connection->prepare(fmt::format(
                                    "SELECT {} FROM analyses WHERE number > ? ORDER BY number LIMIT ?", kColumns)));
  query->bind(1, number);
  query->bind(2, static_cast<std::int64_t>(most));
  std::vector<FullAnalysis> analyses;
  for (std::size_t bytes = 0; bytes < kPageBytes;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) break;
    MLA_ASSIGN(FullAnalysis analysis, read_row(*query));
    bytes += analysis.json.size();
    analyses.push_back(std::move(analysis));
  }
  query->reset();
  return analyses;
}

Result<std::int64_t> Analyses::newest() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  return newest_of(*connection);
}

Result<std::int64_t> Analyses::count_after(std::int64_t number) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query, connection->prepare("SELECT COUNT(*) FROM analyses WHERE number > ?"));
  query->bind(1, number);
  MLA_CHECK(query->step());
  const std::int64_t count = query->integer(0);
  query->reset();
  return count;
}

Result<Analyses::Totals> Analyses::totals() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare("SELECT COUNT(*), COALESCE(CAST(SUM(LENGTH(document)) AS BIGINT), 0) FROM "
                                 "analyses"));
  MLA_CHECK(query->step());
  const Totals totals{query->integer(0), query->integer(1)};
  query->reset();
  return totals;
}

}  // namespace mla::pipelines
