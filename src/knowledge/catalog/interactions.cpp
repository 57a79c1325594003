#include "knowledge/catalog/interactions.h"

#include <algorithm>

#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

using store::Connection;
using store::Statement;

// Ids in key order, and for each key its index among them, -1 for keys that have none.
template <class Id>
base::Status read_ids(Connection& connection, std::string_view sql, std::vector<Id>& ids,
                      std::vector<std::int32_t>& index_of_key) {
  MLA_ASSIGN(Statement * all, connection.prepare(sql));
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return {};
    index_of_key.resize(static_cast<std::size_t>(all->integer(0)) + 1, -1);
    index_of_key.back() = static_cast<std::int32_t>(ids.size());
    ids.emplace_back(all->text(1));
  }
}

}  // namespace

base::Result<Interactions> read_interactions(const Catalog& catalog) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  Interactions data;
  MLA_ASSIGN(Statement * events,
             connection->prepare("SELECT \"user\", item, time, weight, type FROM events ORDER BY \"user\", time, id"));
  for (;;) {
    MLA_ASSIGN(const bool more, events->step());
    if (!more) break;
    const std::int64_t time = events->integer(2);
    data.rows.push_back({static_cast<std::int32_t>(events->integer(0)), static_cast<std::int32_t>(events->integer(1)),
                         time == kNoTime ? 0 : time, static_cast<float>(events->real(3)),
                         static_cast<EventType>(events->integer(4))});
  }
  std::vector<std::int32_t> user_of_key;
  std::vector<std::int32_t> item_of_key;
  MLA_CHECK(read_ids(*connection, "SELECT key, id FROM users ORDER BY key", data.users, user_of_key));
  MLA_CHECK(read_ids(*connection,
                     "SELECT key, id FROM items WHERE removed = 0 AND key NOT IN (SELECT heard FROM matches) "
                     "ORDER BY key",
                     data.items, item_of_key));
  MLA_ASSIGN(Statement * matches, connection->prepare("SELECT heard, owned FROM matches"));
  for (;;) {
    MLA_ASSIGN(const bool more, matches->step());
    if (!more) break;
    const auto heard = static_cast<std::size_t>(matches->integer(0));
    const auto owned = static_cast<std::size_t>(matches->integer(1));
    if (item_of_key.size() <= std::max(heard, owned)) item_of_key.resize(std::max(heard, owned) + 1, -1);
    item_of_key[heard] = item_of_key[owned];
  }
  const auto index_of = [](const std::vector<std::int32_t>& indices, std::int32_t key) {
    return static_cast<std::size_t>(key) < indices.size() ? indices[static_cast<std::size_t>(key)] : -1;
  };
  for (Interaction& row : data.rows) {
    row.user = index_of(user_of_key, row.user);
    row.item = index_of(item_of_key, row.item);
  }
  std::erase_if(data.rows, [](const Interaction& row) { return row.user < 0 || row.item < 0; });
  return data;
}

base::Status for_each_event_context(const Catalog& catalog,
                                    const std::function<base::Status(const EventContext&)>& visit) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  MLA_ASSIGN(Statement * rows,
             connection->prepare("SELECT u.id, COALESCE(o.id, i.id), e.time, e.context FROM events e "
                                 "JOIN users u ON u.key = e.user JOIN items i ON i.key = e.item "
                                 "LEFT JOIN matches m ON m.heard = e.item LEFT JOIN items o ON o.key = m.owned "
                                 "WHERE e.context <> '' ORDER BY e.user, e.time, e.id"));
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return {};
    const base::UnixMillis time = rows->integer(2);
    MLA_CHECK(
        visit({rows->text(0), rows->text(1), time != kNoTime ? std::optional(time) : std::nullopt, rows->text(3)}));
  }
}

}  // namespace mla::catalog
