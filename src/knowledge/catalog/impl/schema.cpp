#include "knowledge/catalog/impl/schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "knowledge/catalog/impl/batches.h"

namespace mla::catalog {
namespace {

// Events are clustered by listener and time: a history is one range of the tree, and an import that is sorted in the
// same order writes whole pages. The 128-bit id at the end of the key makes a derived id unique, because it is a
// function of user and time among others; ids that a client gave are unique by an index of their own.
// events.user and events.item are keys of users and items by construction (EventWriter finds them in the transaction
// that uses them): declared as foreign keys they would cost two more tree searches for each of millions of rows.
constexpr store::Migration kMigrations[] = {
    {1, "items, users, events, friends", R"sql(
CREATE TABLE users (
  key INTEGER PRIMARY KEY,
  id  TEXT NOT NULL UNIQUE
);
CREATE TABLE items (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  kind         INTEGER NOT NULL DEFAULT 0,
  removed      INTEGER NOT NULL DEFAULT 0,
  title        TEXT NOT NULL DEFAULT '',
  artist       TEXT NOT NULL DEFAULT '',
  album        TEXT NOT NULL DEFAULT '',
  duration     REAL,
  path         TEXT NOT NULL DEFAULT '',
  release_date TEXT NOT NULL DEFAULT '',
  tags         TEXT NOT NULL DEFAULT '',
  external_ids TEXT NOT NULL DEFAULT ''
);
CREATE INDEX items_path ON items (path) WHERE path <> '';
CREATE TABLE external_ids (
  value  TEXT NOT NULL,
  item   INTEGER NOT NULL REFERENCES items (key),
  scheme TEXT NOT NULL,
  PRIMARY KEY (value, item, scheme)
) WITHOUT ROWID;
CREATE INDEX external_ids_item ON external_ids (item);
CREATE TABLE events (
  "user"    INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  id        BLOB NOT NULL,
  item      INTEGER NOT NULL,
  type      INTEGER NOT NULL,
  given_id  INTEGER NOT NULL,
  weight    REAL NOT NULL,
  ms_played INTEGER,
  context   TEXT,
  PRIMARY KEY ("user", time, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_given_id ON events (id) WHERE given_id = 1;
CREATE TABLE friends (
  "user" INTEGER NOT NULL REFERENCES users (key),
  friend INTEGER NOT NULL REFERENCES users (key),
  PRIMARY KEY ("user", friend)
) WITHOUT ROWID;
CREATE TABLE catalog_totals (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO catalog_totals (name, value) VALUES ('users', 0), ('items', 0), ('events', 0), ('revision', 0);
)sql"},
    {2, "heard items and their matches, accounts of imports", R"sql(
CREATE TABLE heard_items (
  item  INTEGER PRIMARY KEY REFERENCES items (key),
  owned INTEGER REFERENCES items (key),
  rule  TEXT NOT NULL DEFAULT '',
  score REAL NOT NULL DEFAULT 0
);
CREATE TABLE match_refusals (
  heard INTEGER NOT NULL REFERENCES items (key),
  owned INTEGER NOT NULL REFERENCES items (key),
  PRIMARY KEY (heard, owned)
) WITHOUT ROWID;
CREATE VIEW matches AS
  SELECT h.item AS heard, h.owned AS owned, h.rule AS rule, h.score AS score
  FROM heard_items h JOIN items i ON i.key = h.owned WHERE i.removed = 0;
CREATE TABLE import_accounts (
  source   TEXT NOT NULL,
  listener TEXT NOT NULL,
  account  TEXT NOT NULL,
  PRIMARY KEY (source, listener, account)
) WITHOUT ROWID;
)sql"},
    {3, "artists and release dates", R"sql(
CREATE INDEX items_artist ON items (artist, id) WHERE artist <> '';
CREATE INDEX items_artist_name ON items (title) WHERE kind = 1;
CREATE INDEX items_release ON items (release_date, key) WHERE release_date <> '';
)sql"},
    {4, "when listeners and items last changed", R"sql(
ALTER TABLE users ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;
INSERT INTO catalog_totals (name, value) VALUES ('items_revision', 0);
)sql"},
    {5, "how often users were erased", R"sql(
INSERT INTO catalog_totals (name, value) VALUES ('erasures', 0);
)sql"},
    {6, "what an archive has not been told yet", R"sql(
CREATE TABLE archive_queue (
  revision  INTEGER NOT NULL,
  "user"    INTEGER NOT NULL,
  from_time INTEGER NOT NULL DEFAULT -1,
  from_id   BLOB,
  to_time   INTEGER NOT NULL DEFAULT 9223372036854775807,
  to_id     BLOB,
  erased    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (revision, "user")
) WITHOUT ROWID;
CREATE INDEX archive_queue_user ON archive_queue ("user");
CREATE TABLE archive_state (
  one       INTEGER PRIMARY KEY,
  target    TEXT NOT NULL,
  following INTEGER NOT NULL,
  analyses  INTEGER NOT NULL DEFAULT 0,
  heard     INTEGER NOT NULL DEFAULT 0,
  problem   TEXT NOT NULL DEFAULT '',
  claim     INTEGER NOT NULL DEFAULT 0,
  holder    TEXT NOT NULL DEFAULT '',
  until     INTEGER NOT NULL DEFAULT 0
);
)sql"},
};

}  // namespace

std::span<const store::Migration> migrations() { return kMigrations; }

base::Result<std::int64_t> read_total(store::Connection& connection, std::string_view name) {
  MLA_ASSIGN(store::Statement * find, connection.prepare("SELECT value FROM catalog_totals WHERE name = ?"));
  find->bind(1, name);
  MLA_ASSIGN(const bool known, find->step());
  if (!known)
    return base::Error{base::ErrorCode::kCorrupt, "the table catalog_totals has lost a row: restore a backup"};
  const std::int64_t value = find->integer(0);
  find->reset();
  return value;
}

base::Status record_write(store::Connection& connection, const Written& written) {
  MLA_ASSIGN(store::Statement * update,
             connection.prepare("UPDATE catalog_totals SET value = value + CASE name "
                                "WHEN 'users' THEN ? WHEN 'items' THEN ? "
                                "WHEN 'events' THEN ? WHEN 'items_revision' THEN ? WHEN 'erasures' THEN 0 ELSE 1 END"));
  update->bind(1, written.users);
  update->bind(2, written.items);
  update->bind(3, written.events);
  update->bind(4, std::int64_t{written.items_changed ? 1 : 0});
  MLA_CHECK(update->step());
  return {};
}

base::Status mark_changed(store::Connection& connection, std::span<const std::int64_t> users, std::int64_t revision) {
  return in_batches(users.size(), [&](std::size_t first, std::size_t count, std::size_t width) -> base::Status {
    MLA_ASSIGN(store::Statement * update,
               connection.prepare(fmt::format("UPDATE users SET changed = ? WHERE key IN ({})", repeated("?", width))));
    update->bind(1, revision);
    for (std::size_t i = 0; i < width; ++i) {
      update->bind(static_cast<int>(i) + 2, users[first + std::min(i, count - 1)]);
    }
    MLA_CHECK(update->step());
    update->reset();
    return {};
  });
}

}  // namespace mla::catalog
