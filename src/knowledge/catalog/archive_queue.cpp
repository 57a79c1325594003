#include "knowledge/catalog/archive_queue.h"

#include <algorithm>
#include <set>
#include <span>

#include "foundation/base/parse.h"
#include "knowledge/catalog/impl/archive_rows.h"
#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

using base::Result;
using base::Status;
using base::UnixMillis;
using store::Statement;

// Rows of the queue that are looked at for one batch.
constexpr std::int64_t kMostParts = 1000;

struct Row {
  ArchiveQueue::Batch::Part part;  // from where: the last event that was told
  std::int64_t to_time = 0;
  std::vector<std::byte> to_id;
  std::string erased;
};

Result<std::vector<Row>> first_rows(store::Connection& connection) {
  MLA_ASSIGN(
      Statement * query,
      connection.prepare("SELECT revision, \"user\", from_time, from_id, to_time, to_id, erased FROM archive_queue "
                         "ORDER BY revision, \"user\" LIMIT ?"));
  query->bind(1, kMostParts);
  std::vector<Row> rows;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return rows;
    Row row;
    row.part.revision = query->integer(0);
    row.part.user = query->integer(1);
    row.part.time = query->integer(2);
    const std::span<const std::byte> id = query->blob(3);
    row.part.id.assign(id.begin(), id.end());
    row.to_time = query->integer(4);
    const std::span<const std::byte> to_id = query->blob(5);
    row.to_id.assign(to_id.begin(), to_id.end());
    if (query->is_null(5)) row.to_id.assign(std::tuple_size_v<Identity> + 1, std::byte{0xFF});  // above all
    row.erased = query->text(6);
    rows.push_back(std::move(row));
  }
}

// Appends events of one row, at most `most`, and says how far they go.
Status read_events(store::Connection& connection, Row& row, std::size_t most, std::vector<Event>& events) {
  MLA_ASSIGN(
      Statement * query,
      connection.prepare("SELECT e.id, i.id, e.type, e.time, e.weight, e.ms_played, e.context, u.id FROM events e "
                         "JOIN items i ON i.key = e.item JOIN users u ON u.key = e.\"user\" WHERE e.\"user\" = ? AND "
                         "e.time >= ? AND e.time <= ? AND (e.time, e.id) > (?, ?) AND (e.time, e.id) <= (?, ?) ORDER "
                         "BY e.time, e.id LIMIT ?"));
  query->bind(1, row.part.user);
  query->bind(2, row.part.time);
  query->bind(3, row.to_time);
  query->bind(4, row.part.time);
  query->bind(5, std::span<const std::byte>(row.part.id));
  query->bind(6, row.to_time);
  query->bind(7, std::span<const std::byte>(row.to_id));
  query->bind(8, static_cast<std::int64_t>(most));
  std::size_t found = 0;
  for (;; ++found) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) break;
    Event& event = events.emplace_back();
    const std::span<const std::byte> id = query->blob(0);
    event.id = base::EventId(base::to_hex({reinterpret_cast<const char*>(id.data()), id.size()}));
    event.item = base::ItemId(query->text(1));
    event.type = static_cast<EventType>(query->integer(2));
    row.part.time = query->integer(3);
    row.part.id.assign(id.begin(), id.end());
    if (row.part.time != kNoTime) event.time = row.part.time;
    event.weight = query->real(4);
    if (!query->is_null(5)) event.ms_played = query->integer(5);
    event.context = query->text(6);
    event.user = base::UserId(query->text(7));
  }
  row.part.whole = found < most;
  return {};
}

Status take_away(store::Connection& connection, const ArchiveQueue::Batch::Part& part) {
  if (part.whole) {
    MLA_ASSIGN(Statement * erase, connection.prepare("DELETE FROM archive_queue WHERE revision = ? AND \"user\" = ?"));
    erase->bind(1, part.revision);
    erase->bind(2, part.user);
    MLA_CHECK(erase->step());
    return {};
  }
  MLA_ASSIGN(
      Statement * move,
      connection.prepare("UPDATE archive_queue SET from_time = ?, from_id = ? WHERE revision = ? AND \"user\" = ?"));
  move->bind(1, part.time);
  move->bind(2, std::span<const std::byte>(part.id));
  move->bind(3, part.revision);
  move->bind(4, part.user);
  MLA_CHECK(move->step());
  return {};
}

// Erased first and told after that, as if each were new.
Status queue_again(store::Connection& connection, const std::set<std::string>& listeners) {
  MLA_ASSIGN(const std::int64_t erased, next_revision(connection));
  std::int64_t number = 0;
  for (const std::string& listener : listeners) {
    MLA_CHECK(queue_erasure(connection, erased, --number, listener));
  }
  MLA_ASSIGN(const std::int64_t told, next_revision(connection));
  for (const std::string& listener : listeners) {
    MLA_ASSIGN(Statement * whole,
               connection.prepare("INSERT INTO archive_queue (revision, \"user\") SELECT ?, key FROM users WHERE id = "
                                  "? ON CONFLICT DO NOTHING"));
    whole->bind(1, told);
    whole->bind(2, listener);
    MLA_CHECK(whole->step());
  }
  return {};
}

// Whether the claim counts; then until `until`.
Result<bool> confirm(store::Connection& connection, std::int64_t claim, UnixMillis now, UnixMillis until) {
  MLA_ASSIGN(Statement * update,
             connection.prepare("UPDATE archive_state SET heard = ?, until = ?, problem = '' WHERE claim = ? AND "
                                "holder <> ''"));
  update->bind(1, now);
  update->bind(2, until);
  update->bind(3, claim);
  MLA_CHECK(update->step());
  return connection.changes() > 0;
}

}  // namespace

Result<ArchiveQueue::State> ArchiveQueue::state() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare("SELECT target, following, analyses, heard, problem, holder, until, "
                                 "(SELECT COUNT(*) FROM (SELECT 1 FROM archive_queue LIMIT ?) q) FROM archive_state"));
  query->bind(1, kMany + 1);
  State state;
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return state;
  state.target = query->text(0);
  state.following = query->integer(1) != 0;
  state.analyses = query->integer(2);
  state.heard = query->integer(3);
  state.problem = query->text(4);
  state.holder = query->text(5);
  state.until = query->integer(6);
  state.waiting = query->integer(7);
  query->reset();
  return state;
}

Result<ArchiveQueue::Waiting> ArchiveQueue::waiting() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare("SELECT COUNT(*), COALESCE(CAST(SUM(CASE WHEN erased = '' THEN 0 ELSE 1 END) AS "
                                 "BIGINT), 0) FROM archive_queue"));
  MLA_CHECK(query->step());
  const Waiting waiting{query->integer(0) - query->integer(1), query->integer(1)};
  query->reset();
  return waiting;
}

Status ArchiveQueue::follow(std::string_view target) {
  MLA_ASSIGN(const State before, state());
  if (before.following && before.target == target) return {};
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  // Another process may have been quicker.
  MLA_ASSIGN(
      Statement * update,
      connection->prepare("INSERT INTO archive_state (one, target, following) VALUES (1, ?, 1) ON CONFLICT (one) "
                          "DO UPDATE SET target = excluded.target, following = 1, analyses = 0, heard = 0, "
                          "problem = '', holder = '' WHERE archive_state.target <> excluded.target OR "
                          "archive_state.following = 0"));
  update->bind(1, target);
  MLA_CHECK(update->step());
  if (connection->changes() == 0) return {};
  MLA_CHECK(connection->execute("DELETE FROM archive_queue WHERE erased = ''"));
  MLA_CHECK(next_revision(*connection));
  MLA_CHECK(
      connection->execute("INSERT INTO archive_queue (revision, \"user\") SELECT (SELECT value FROM "
                          "catalog_totals WHERE name = 'revision'), key FROM users"));
  return transaction.commit();
}

Result<bool> ArchiveQueue::stop() {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE archive_state SET following = 0, holder = '', problem = ''"
                                                     " WHERE following = 1"));
  MLA_CHECK(update->step());
  const bool followed = connection->changes() > 0;
  MLA_CHECK(connection->execute("DELETE FROM archive_queue WHERE erased = ''"));
  MLA_CHECK(transaction.commit());
  return followed;
}

Result<std::int64_t> ArchiveQueue::claim(std::string_view target, std::string_view holder, UnixMillis now,
                                         UnixMillis until) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  // A claim beyond what anybody asks for was made by a clock that was set back since.
  MLA_ASSIGN(Statement * update,
             connection->prepare("UPDATE archive_state SET claim = claim + 1, holder = ?, until = ? WHERE following = "
                                 "1 AND target = ? AND (holder = '' OR holder = ? OR until <= ? OR until > ?)"));
  update->bind(1, holder);
  update->bind(2, until);
  update->bind(3, target);
  update->bind(4, holder);
  update->bind(5, now);
  update->bind(6, until + (until - now));
  MLA_CHECK(update->step());
  if (connection->changes() == 0) return std::int64_t{0};
  MLA_ASSIGN(Statement * query, connection->prepare("SELECT claim FROM archive_state"));
  MLA_CHECK(query->step());
  const std::int64_t claim = query->integer(0);
  query->reset();
  MLA_CHECK(transaction.commit());
  return claim;
}

Status ArchiveQueue::release(std::int64_t claim) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE archive_state SET holder = '' WHERE claim = ?"));
  update->bind(1, claim);
  MLA_CHECK(update->step());
  return transaction.commit();
}

Result<ArchiveQueue::Batch> ArchiveQueue::next(std::size_t most) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  MLA_ASSIGN(std::vector<Row> rows, first_rows(*connection));
  Batch batch;
  for (Row& row : rows) {
    if (!row.erased.empty()) {
      if (!batch.parts.empty()) break;  // what comes before it must be there before
      batch.erased = base::UserId(row.erased);
      batch.parts.push_back(std::move(row.part));
      break;
    }
    if (batch.events.size() >= most) break;
    MLA_CHECK(read_events(*connection, row, most - batch.events.size(), batch.events));
    batch.parts.push_back(std::move(row.part));
  }
  return batch;
}

Result<bool> ArchiveQueue::done(std::int64_t claim, const Batch& batch, UnixMillis now, UnixMillis until) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const bool counts, confirm(*connection, claim, now, until));
  if (counts) {
    for (const Batch::Part& part : batch.parts) MLA_CHECK(take_away(*connection, part));
  } else {
    std::set<std::string> listeners;
    if (batch.erased) listeners.insert(batch.erased->str());
    for (const Event& event : batch.events) listeners.insert(event.user.str());
    MLA_CHECK(queue_again(*connection, listeners));
  }
  MLA_CHECK(transaction.commit());
  return counts;
}

Result<bool> ArchiveQueue::done(std::int64_t claim, std::int64_t analyses, UnixMillis now, UnixMillis until) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const bool counts, confirm(*connection, claim, now, until));
  if (!counts) return false;
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE archive_state SET analyses = ?"));
  update->bind(1, analyses);
  MLA_CHECK(update->step());
  MLA_CHECK(transaction.commit());
  return true;
}

Status ArchiveQueue::note_problem(std::string_view problem) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE archive_state SET problem = ?"));
  update->bind(1, problem);
  MLA_CHECK(update->step());
  return transaction.commit();
}

}  // namespace mla::catalog
