#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/event_inbox.h"
#include "knowledge/catalog/impl/schema.h"

// The part of Catalog that is about events.
namespace mla::catalog {
namespace {

using store::Statement;

// An event whose item is matched is read as one of the owned item.
constexpr std::string_view kOwnedInstead =
    "LEFT JOIN matches m ON m.heard = e.item LEFT JOIN items o ON o.key = m.owned";

// REQUIRES: columns from 0 on: id, item's id, type, time, weight, ms_played, context.
Event read_event(const Statement& row, base::UserId user) {
  Event event;
  const std::span<const std::byte> id = row.blob(0);
  event.id = base::EventId(base::to_hex({reinterpret_cast<const char*>(id.data()), id.size()}));
  event.user = std::move(user);
  event.item = base::ItemId(row.text(1));
  event.type = static_cast<EventType>(row.integer(2));
  if (const std::int64_t time = row.integer(3); time != kNoTime) event.time = time;
  event.weight = row.real(4);
  if (!row.is_null(5)) event.ms_played = row.integer(5);
  event.context = row.text(6);
  return event;
}

// Newest first; of what comes after `after` in that order.
base::Result<std::vector<Event>> read_history(store::Database& database, const base::UserId& user, std::size_t limit,
                                              const Event* after) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  const std::string_view later = after == nullptr ? "" : "AND (e.time < ? OR (e.time = ? AND e.id < ?)) ";
  MLA_ASSIGN(Statement * find,
             connection->prepare(fmt::format(
                 "SELECT e.id, COALESCE(o.id, i.id), e.type, e.time, e.weight, e.ms_played, e.context FROM events e "
                 "JOIN items i ON i.key = e.item {} WHERE e.user = (SELECT key FROM users WHERE id = ?) {}"
                 "ORDER BY e.time DESC, e.id DESC LIMIT ?",
                 kOwnedInstead, later)));
  int at = 1;
  find->bind(at++, user.str());
  if (after != nullptr) {
    const std::int64_t time = after->time.value_or(kNoTime);
    const Identity id = identity_of(after->id);
    find->bind(at++, time);
    find->bind(at++, time);
    find->bind(at++, std::span<const std::byte>(id));
  }
  find->bind(at, static_cast<std::int64_t>(limit));
  std::vector<Event> events;
  for (;;) {
    MLA_ASSIGN(const bool more, find->step());
    if (!more) return events;
    events.push_back(read_event(*find, user));
  }
}

}  // namespace

base::Result<WriteCounts> Catalog::add_events(std::span<const Event> events, std::string_view source) {
  return inbox_->add(events, source);
}

base::Result<std::vector<Event>> Catalog::history(const base::UserId& user, std::size_t limit) const {
  return read_history(*database_, user, limit, nullptr);
}

base::Result<std::vector<Event>> Catalog::history(const base::UserId& user, std::size_t limit,
                                                  const Event& after) const {
  return read_history(*database_, user, limit, &after);
}

base::Status Catalog::for_each_event(const std::function<base::Status(const Event&)>& visit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * all,
             connection->prepare(fmt::format(
                 "SELECT e.id, COALESCE(o.id, i.id), e.type, e.time, e.weight, e.ms_played, e.context, u.id "
                 "FROM events e CROSS JOIN users u CROSS JOIN items i {} WHERE u.key = e.user AND i.key = e.item "
                 "ORDER BY e.user, e.time, e.id",
                 kOwnedInstead)));
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return {};
    MLA_CHECK(visit(read_event(*all, base::UserId(all->text(7)))));
  }
}

base::Result<std::vector<base::UserId>> Catalog::latest_users(std::size_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  // One look into the index a user; a GROUP BY would read every event.
  MLA_ASSIGN(Statement * find,
             connection->prepare("SELECT u.id FROM users u ORDER BY (SELECT e.time FROM events e WHERE e.user = u.key "
                                 "ORDER BY e.time DESC LIMIT 1) DESC NULLS LAST, u.key DESC LIMIT ?"));
  find->bind(1, static_cast<std::int64_t>(limit));
  std::vector<base::UserId> users;
  for (;;) {
    MLA_ASSIGN(const bool more, find->step());
    if (!more) return users;
    users.emplace_back(find->text(0));
  }
}

base::Result<std::optional<base::UserId>> Catalog::most_active_user() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * find,
             connection->prepare("SELECT u.id FROM (SELECT e.user, COUNT(*) AS plays FROM events e GROUP BY e.user "
                                 "ORDER BY plays DESC, e.user LIMIT 1) e JOIN users u ON u.key = e.user"));
  MLA_ASSIGN(const bool any, find->step());
  if (!any) return std::optional<base::UserId>();
  return std::optional(base::UserId(find->text(0)));
}

}  // namespace mla::catalog
