#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/impl/item_row.h"
#include "knowledge/catalog/impl/schema.h"

// The part of Catalog that puts items in an order: by plays, by date, by artist.
namespace mla::catalog {
namespace {

using store::Statement;

struct Tally {
  double faded = 0, plays = 0, recent_plays = 0;
  std::int64_t listeners = 0, recent_listeners = 0;
  std::int64_t last_user = -1, last_recent_user = -1;  // users come one after the other
};

// Heard items that are matched, and the owned item of each.
base::Result<std::unordered_map<std::int64_t, std::int64_t>> read_matches(store::Connection& connection) {
  MLA_ASSIGN(Statement * all, connection.prepare("SELECT heard, owned FROM matches"));
  std::unordered_map<std::int64_t, std::int64_t> owned;
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return owned;
    owned.emplace(all->integer(0), all->integer(1));
  }
}

base::Result<std::unordered_map<std::int64_t, Tally>> count_plays(store::Connection& connection, base::UnixMillis now,
                                                                  double half_life) {
  MLA_ASSIGN(const auto owned, read_matches(connection));
  MLA_ASSIGN(Statement * all,
             connection.prepare("SELECT e.user, e.item, e.time, e.weight FROM events e WHERE e.type = ? "
                                "ORDER BY e.user, e.time, e.id"));
  all->bind(1, static_cast<std::int64_t>(EventType::kListen));
  std::unordered_map<std::int64_t, Tally> tallies;
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return tallies;
    const std::int64_t user = all->integer(0);
    const std::int64_t item = all->integer(1);
    const std::int64_t time = all->integer(2);
    const double weight = all->real(3);
    const auto match = owned.find(item);
    Tally& tally = tallies[match == owned.end() ? item : match->second];
    const double age = time == kNoTime ? 0 : static_cast<double>(std::max<base::UnixMillis>(now - time, 0));
    tally.plays += weight;
    tally.faded += weight * std::exp2(-age / half_life);
    if (tally.last_user != user) ++tally.listeners;
    tally.last_user = user;
    if (time == kNoTime || age > half_life) continue;
    tally.recent_plays += weight;
    if (tally.last_recent_user != user) ++tally.recent_listeners;
    tally.last_recent_user = user;
  }
}

// The rest of a statement that selects kItemColumns.
base::Result<std::vector<Item>> read_items(Statement& query) {
  std::vector<Item> items;
  for (;;) {
    MLA_ASSIGN(const bool more, query.step());
    if (!more) return items;
    items.push_back(read_item(query, 0));
  }
}

}  // namespace

base::Result<std::vector<Played>> Catalog::most_played(base::UnixMillis now, double half_life_days,
                                                       std::size_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  const double half_life = half_life_days * static_cast<double>(base::kMillisPerDay);
  MLA_ASSIGN(const auto tallies, count_plays(*connection, now, half_life));
  std::vector<std::pair<std::int64_t, Tally>> best(tallies.begin(), tallies.end());
  std::sort(best.begin(), best.end(), [](const auto& a, const auto& b) {
    return a.second.faded != b.second.faded ? a.second.faded > b.second.faded : a.first < b.first;
  });
  MLA_ASSIGN(Statement * find,
             connection->prepare(fmt::format("SELECT {} FROM items WHERE key = ? AND removed = 0", kItemColumns)));
  std::vector<Played> played;
  for (const auto& [key, tally] : best) {
    if (played.size() == limit) break;
    find->bind(1, key);
    MLA_ASSIGN(const bool known, find->step());
    if (known) {
      played.push_back(
          {read_item(*find, 0), tally.faded, tally.plays, tally.listeners, tally.recent_plays, tally.recent_listeners});
    }
    find->reset();
  }
  return played;
}

base::Result<std::vector<Item>> Catalog::newest_releases(std::string_view until, std::size_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format(
                 "SELECT {} FROM items WHERE release_date <> '' AND release_date <= ? AND removed = 0 AND kind = 0 "
                 "AND key NOT IN (SELECT heard FROM matches) ORDER BY release_date DESC, key DESC LIMIT ?",
                 kItemColumns)));
  query->bind(1, until);
  query->bind(2, static_cast<std::int64_t>(limit));
  return read_items(*query);
}

base::Result<std::vector<ArtistCount>> Catalog::artists(std::string_view after, std::size_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(
                 "SELECT name, CAST(SUM(tracks) AS INTEGER) FROM (SELECT name, tracks FROM (SELECT artist AS name, "
                 "COUNT(*) AS tracks "
                 "FROM items WHERE artist <> '' AND artist > ? AND removed = 0 AND kind = 0 GROUP BY artist "
                 "ORDER BY artist LIMIT ?) AS by_track UNION ALL SELECT name, 0 FROM (SELECT DISTINCT title AS name "
                 "FROM items WHERE kind = 1 AND title > ? AND removed = 0 ORDER BY title LIMIT ?) AS by_item) AS named "
                 "GROUP BY name ORDER BY name LIMIT ?"));
  query->bind(1, after);
  query->bind(2, static_cast<std::int64_t>(limit));
  query->bind(3, after);
  query->bind(4, static_cast<std::int64_t>(limit));
  query->bind(5, static_cast<std::int64_t>(limit));
  std::vector<ArtistCount> artists;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return artists;
    artists.push_back({std::string(query->text(0)), query->integer(1)});
  }
}

base::Result<std::optional<Item>> Catalog::artist(std::string_view name) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(
      Statement * query,
      connection->prepare(fmt::format(
          "SELECT {} FROM items WHERE kind = 1 AND title = ? AND removed = 0 ORDER BY key LIMIT 1", kItemColumns)));
  query->bind(1, name);
  MLA_ASSIGN(std::vector<Item> found, read_items(*query));
  if (found.empty()) return std::optional<Item>();
  return std::optional(std::move(found.front()));
}

base::Result<std::vector<Item>> Catalog::tracks_of(std::string_view artist, const base::ItemId& after,
                                                   std::size_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format("SELECT {} FROM items WHERE artist = ? AND artist <> '' AND id > ? "
                                             "AND removed = 0 AND kind = 0 ORDER BY id LIMIT ?",
                                             kItemColumns)));
  query->bind(1, artist);
  query->bind(2, after.str());
  query->bind(3, static_cast<std::int64_t>(limit));
  return read_items(*query);
}

}  // namespace mla::catalog
