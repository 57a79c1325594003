#include <fmt/format.h>

#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/impl/item_row.h"
#include "knowledge/catalog/impl/schema.h"

// The part of Catalog that is about items.
namespace mla::catalog {
namespace {

using store::Connection;
using store::Statement;

std::string select_item(std::string_view tail) {
  return fmt::format("SELECT {}, key, removed FROM items {}", kItemColumns, tail);
}
constexpr int kKeyColumn = 10;
constexpr int kRemovedColumn = 11;

base::Result<std::int64_t> write_row(Connection& connection, const Item& item) {
  MLA_ASSIGN(
      Statement * upsert,
      connection.prepare("INSERT INTO items (id, kind, title, artist, album, duration, path, release_date, tags, "
                         "external_ids) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                         "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, removed = 0, "
                         "title = excluded.title, artist = excluded.artist, album = excluded.album, "
                         "duration = excluded.duration, path = excluded.path, "
                         "release_date = excluded.release_date, tags = excluded.tags, "
                         "external_ids = excluded.external_ids RETURNING key"));
  upsert->bind(1, item.id.str());
  upsert->bind(2, static_cast<std::int64_t>(item.kind));
  upsert->bind(3, item.title);
  upsert->bind(4, item.artist);
  upsert->bind(5, item.album);
  if (item.duration_seconds) {
    upsert->bind(6, *item.duration_seconds);
  } else {
    upsert->bind_null(6);
  }
  upsert->bind(7, item.path);
  upsert->bind(8, item.release_date);
  upsert->bind(9, encode_tags(item.tags));
  upsert->bind(10, encode_external_ids(item.external_ids));
  MLA_CHECK(upsert->step());
  const std::int64_t key = upsert->integer(0);
  upsert->reset();
  return key;
}

base::Status write_external_ids(Connection& connection, std::int64_t key, const Item& item) {
  for (const auto& [scheme, value] : item.external_ids) {
    MLA_ASSIGN(Statement * insert,
               connection.prepare("INSERT INTO external_ids (value, item, scheme) VALUES (?, ?, ?)"));
    insert->bind(1, value);
    insert->bind(2, key);
    insert->bind(3, scheme);
    MLA_CHECK(insert->step());
  }
  return {};
}

base::Status erase_external_ids(Connection& connection, std::int64_t key) {
  MLA_ASSIGN(Statement * erase, connection.prepare("DELETE FROM external_ids WHERE item = ?"));
  erase->bind(1, key);
  MLA_CHECK(erase->step());
  return {};
}

// Writes one item and counts it.
base::Status put_item(Connection& connection, const Item& item, WriteCounts& counts, std::int64_t& appeared) {
  MLA_CHECK(check(item));
  MLA_ASSIGN(Statement * find, connection.prepare(select_item("WHERE id = ?")));
  find->bind(1, item.id.str());
  MLA_ASSIGN(const bool known, find->step());
  if (known) {
    const bool removed = find->integer(kRemovedColumn) != 0;
    const bool equal = !removed && read_item(*find, 0) == item;
    const std::int64_t key = find->integer(kKeyColumn);
    find->reset();
    if (equal) {
      ++counts.unchanged;
      return {};
    }
    MLA_CHECK(erase_external_ids(connection, key));
    if (removed) ++appeared;
    ++(removed ? counts.added : counts.updated);
  } else {
    ++appeared;
    ++counts.added;
  }
  MLA_ASSIGN(const std::int64_t key, write_row(connection, item));
  return write_external_ids(connection, key, item);
}

// The stored item with what it lacks and `heard` knows.
Item filled(Item stored, const Item& heard) {
  if (stored.title.empty()) stored.title = heard.title;
  if (stored.artist.empty()) stored.artist = heard.artist;
  if (stored.album.empty()) stored.album = heard.album;
  if (!stored.duration_seconds) stored.duration_seconds = heard.duration_seconds;
  for (const auto& [scheme, value] : heard.external_ids) stored.external_ids.emplace(scheme, value);
  return stored;
}

// Makes the item known as heard unless somebody has described it otherwise.
base::Status put_heard_item(Connection& connection, const Item& item, WriteCounts& counts, std::int64_t& appeared) {
  MLA_ASSIGN(Statement * find, connection.prepare(fmt::format(
                                   "SELECT {}, key, removed, h.item FROM items LEFT JOIN heard_items h ON h.item = key "
                                   "WHERE id = ?",
                                   kItemColumns)));
  find->bind(1, item.id.str());
  MLA_ASSIGN(const bool known, find->step());
  Item wanted = item;
  if (known) {
    const bool heard = !find->is_null(kRemovedColumn + 1);
    Item stored = read_item(*find, 0);
    const bool bare = stored.title.empty() && stored.path.empty() && find->integer(kRemovedColumn) == 0;
    find->reset();
    if (!heard && !bare) {
      ++counts.unchanged;
      return {};
    }
    wanted = filled(std::move(stored), item);
  }
  MLA_CHECK(put_item(connection, wanted, counts, appeared));
  MLA_ASSIGN(Statement * mark, connection.prepare("INSERT INTO heard_items (item) SELECT key FROM items WHERE id = ? "
                                                  "ON CONFLICT DO NOTHING"));
  mark->bind(1, item.id.str());
  MLA_CHECK(mark->step());
  return {};
}

}  // namespace

base::Result<WriteCounts> Catalog::put_items(std::span<const Item> items) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  WriteCounts counts;
  std::int64_t appeared = 0;
  for (const Item& item : items) MLA_CHECK(put_item(*connection, item, counts, appeared));
  if (counts.added + counts.updated == 0) return counts;
  MLA_CHECK(record_write(*connection, {.items = appeared}));
  MLA_CHECK(transaction.commit());
  return counts;
}

base::Result<WriteCounts> Catalog::put_heard_items(std::span<const Item> items) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  WriteCounts counts;
  std::int64_t appeared = 0;
  for (const Item& item : items) MLA_CHECK(put_heard_item(*connection, item, counts, appeared));
  if (counts.added + counts.updated == 0) return counts;
  MLA_CHECK(record_write(*connection, {.items = appeared}));
  MLA_CHECK(transaction.commit());
  return counts;
}

base::Result<std::optional<Item>> Catalog::find_item(const base::ItemId& id) const {
  MLA_ASSIGN(std::vector<std::optional<Item>> found, find_items({&id, 1}));
  return std::move(found.front());
}

base::Result<std::vector<std::optional<Item>>> Catalog::find_items(std::span<const base::ItemId> ids) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  MLA_ASSIGN(Statement * find,
             connection->prepare(fmt::format("SELECT {} FROM items WHERE id = ? AND removed = 0", kItemColumns)));
  std::vector<std::optional<Item>> found;
  found.reserve(ids.size());
  for (const base::ItemId& id : ids) {
    find->bind(1, id.str());
    MLA_ASSIGN(const bool known, find->step());
    std::optional<Item>& item = found.emplace_back();
    if (known) item.emplace(read_item(*find, 0));
    find->reset();
  }
  return found;
}

base::Result<std::optional<base::ItemId>> Catalog::resolve(std::string_view reference) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  // The item that was mentioned first wins where several share an external id or a path.
  for (const std::string_view sql :
       {"items i WHERE i.id = ? AND i.removed = 0",
        "external_ids x JOIN items i ON i.key = x.item WHERE x.value = ? AND i.removed = 0 ORDER BY i.key LIMIT 1",
        "items i WHERE i.path = ? AND i.path <> '' AND i.removed = 0 ORDER BY i.key LIMIT 1"}) {
    MLA_ASSIGN(Statement * find,
               connection->prepare(fmt::format("SELECT COALESCE((SELECT o.id FROM matches m JOIN items o "
                                               "ON o.key = m.owned WHERE m.heard = i.key), i.id) FROM {}",
                                               sql)));
    find->bind(1, reference);
    MLA_ASSIGN(const bool known, find->step());
    if (known) return std::optional(base::ItemId(find->text(0)));
  }
  return std::optional<base::ItemId>();
}

base::Result<bool> Catalog::remove_item(const base::ItemId& id) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * update,
             connection->prepare("UPDATE items SET removed = 1 WHERE id = ? AND removed = 0 RETURNING key"));
  update->bind(1, id.str());
  MLA_ASSIGN(const bool known, update->step());
  if (!known) return false;
  const std::int64_t key = update->integer(0);
  update->reset();
  MLA_CHECK(erase_external_ids(*connection, key));
  MLA_CHECK(record_write(*connection, {.items = -1}));
  MLA_CHECK(transaction.commit());
  return true;
}

base::Status Catalog::for_each_item(const std::function<base::Status(const Item&)>& visit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * all, connection->prepare(fmt::format(
                                  "SELECT {} FROM items WHERE removed = 0 AND key NOT IN (SELECT heard FROM matches) "
                                  "ORDER BY key",
                                  kItemColumns)));
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return {};
    MLA_CHECK(visit(read_item(*all, 0)));
  }
}

}  // namespace mla::catalog
