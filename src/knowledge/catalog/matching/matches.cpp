#include "knowledge/catalog/matching/matches.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/impl/item_row.h"
#include "knowledge/catalog/impl/schema.h"
#include "knowledge/catalog/matching/matcher.h"

namespace mla::catalog {
namespace {

using store::Connection;
using store::Statement;

constexpr std::uint64_t kRowsBetweenChecks = 1024;

struct Owned {
  std::vector<std::int64_t> keys;  // by song
  std::vector<Song> songs;
};

// Tracks that one may own: files, and what a catalogue describes.
constexpr std::string_view kOwnedItems =
    "items WHERE removed = 0 AND kind = 0 AND title <> '' AND "
    "(path <> '' OR key NOT IN (SELECT item FROM heard_items)) ORDER BY key";

base::Result<Owned> read_owned(Connection& connection, base::Work& work) {
  Owned owned;
  MLA_ASSIGN(Statement * rows, connection.prepare(fmt::format("SELECT {}, key FROM {}", kItemColumns, kOwnedItems)));
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return owned;
    if (owned.keys.size() % kRowsBetweenChecks == 0) MLA_CHECK(work.check());
    owned.keys.push_back(rows->integer(10));
    owned.songs.push_back(song_of(read_item(*rows, 0)));
  }
}

// Songs that a heard item was once matched with and must not be again.
using Refusals = std::unordered_map<std::int64_t, std::vector<std::uint32_t>>;

base::Result<Refusals> read_refusals(Connection& connection, const std::vector<std::int64_t>& keys) {
  Refusals refusals;
  MLA_ASSIGN(Statement * rows, connection.prepare("SELECT heard, owned FROM match_refusals"));
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return refusals;
    const auto song = std::lower_bound(keys.begin(), keys.end(), rows->integer(1));
    if (song == keys.end() || *song != rows->integer(1)) continue;
    refusals[rows->integer(0)].push_back(static_cast<std::uint32_t>(song - keys.begin()));
  }
}

struct Found {
  std::int64_t heard;
  std::int64_t owned;
  SongMatch match;
};

// Heard items without a match, each asked once.
base::Result<std::vector<Found>> find_matches(Connection& connection, base::Work& work) {
  MLA_ASSIGN(Statement * any, connection.prepare("SELECT COUNT(*) FROM heard_items WHERE item NOT IN "
                                                 "(SELECT heard FROM matches)"));
  MLA_CHECK(any->step());
  const auto unmatched = static_cast<std::uint64_t>(any->integer(0));
  any->reset();
  std::vector<Found> found;
  if (unmatched == 0) return found;
  MLA_ASSIGN(Owned owned, read_owned(connection, work));
  if (owned.keys.empty()) return found;
  MLA_ASSIGN(const Refusals refusals, read_refusals(connection, owned.keys));
  const Matcher matcher(std::move(owned.songs));
  const std::vector<std::uint32_t> none;
  work.progress.begin("match", unmatched);
  MLA_ASSIGN(Statement * rows,
             connection.prepare(fmt::format("SELECT {}, key FROM items WHERE removed = 0 AND path = '' AND key IN "
                                            "(SELECT item FROM heard_items) AND key NOT IN (SELECT heard FROM matches) "
                                            "ORDER BY key",
                                            kItemColumns)));
  for (std::uint64_t row = 1;; ++row) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) break;
    const std::int64_t key = rows->integer(10);
    const auto refused = refusals.find(key);
    const auto match = matcher.find(song_of(read_item(*rows, 0)), refused == refusals.end() ? none : refused->second);
    if (match) found.push_back({key, owned.keys[match->song], *match});
    if (row % kRowsBetweenChecks != 0) continue;
    MLA_CHECK(work.check());
    work.progress.advance(kRowsBetweenChecks);
  }
  work.progress.end();
  return found;
}

base::Status write_matches(Connection& connection, const std::vector<Found>& matches) {
  MLA_ASSIGN(Statement * update, connection.prepare("UPDATE heard_items SET owned = ?, rule = ?, score = ? "
                                                    "WHERE item = ?"));
  for (const Found& found : matches) {
    update->bind(1, found.owned);
    update->bind(2, found.match.rule);
    update->bind(3, found.match.score);
    update->bind(4, found.heard);
    MLA_CHECK(update->step());
    update->reset();
  }
  return record_write(connection, {});
}

base::Result<MatchReport> count_matches(Connection& connection) {
  MatchReport report;
  MLA_ASSIGN(Statement * items, connection.prepare("SELECT (SELECT COUNT(*) FROM heard_items), "
                                                   "(SELECT COUNT(*) FROM matches)"));
  MLA_CHECK(items->step());
  report.heard = items->integer(0);
  report.matched = items->integer(1);
  items->reset();
  if (report.heard == 0) return report;
  MLA_ASSIGN(Statement * events, connection.prepare("SELECT COUNT(*), COUNT(m.heard) FROM events e "
                                                    "CROSS JOIN heard_items h LEFT JOIN matches m ON "
                                                    "m.heard = e.item WHERE h.item = e.item"));
  MLA_CHECK(events->step());
  report.events = events->integer(0);
  report.matched_events = events->integer(1);
  return report;
}

constexpr std::string_view kEvents = "(SELECT item, COUNT(*) AS plays FROM events GROUP BY item)";

HeardItem read_heard(const Statement& row, int first) {
  HeardItem item;
  item.heard = read_item(row, first);
  item.events = row.integer(first + 10);
  return item;
}

// Item columns of the table with this name.
std::string columns_of(std::string_view table) {
  std::string columns = fmt::format("{}.{}", table, kItemColumns);
  for (std::size_t at = 0; (at = columns.find(", ", at)) != std::string::npos; at += 2) {
    columns.insert(at + 2, fmt::format("{}.", table));
  }
  return columns;
}

double percent(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

std::string summary(const MatchReport& report) {
  return fmt::format("{} of {} heard tracks ({:.1f} %) are in the library, {:.1f} % of {} events; {} are unmatched",
                     report.matched, report.heard, percent(report.matched, report.heard),
                     percent(report.matched_events, report.events), report.events, report.heard - report.matched);
}

base::Result<MatchReport> match_history(Catalog& catalog, base::Work& work) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  std::vector<Found> found;
  {
    MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
    MLA_ASSIGN(found, find_matches(*connection, work));
  }
  if (!found.empty()) {
    MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
    MLA_CHECK(write_matches(*connection, found));
    MLA_CHECK(transaction.commit());
  }
  MLA_ASSIGN(MatchReport report, count_matches(*connection));
  report.added = static_cast<std::int64_t>(found.size());
  return report;
}

base::Result<std::vector<HeardItem>> matched_items(const Catalog& catalog, double most_score, std::size_t limit) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(Statement * rows,
             connection->prepare(fmt::format(
                 "SELECT {}, COALESCE(e.plays, 0), {}, m.rule, m.score FROM matches m JOIN items h ON h.key = m.heard "
                 "JOIN items o ON o.key = m.owned LEFT JOIN {} e ON e.item = m.heard WHERE m.score <= ? "
                 "ORDER BY m.score, e.plays DESC NULLS LAST, m.heard LIMIT ?",
                 columns_of("h"), columns_of("o"), kEvents)));
  rows->bind(1, most_score);
  rows->bind(2, static_cast<std::int64_t>(limit));
  std::vector<HeardItem> items;
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return items;
    HeardItem& item = items.emplace_back(read_heard(*rows, 0));
    item.owned = read_item(*rows, 11);
    item.rule = rows->text(21);
    item.score = rows->real(22);
  }
}

base::Result<std::vector<HeardItem>> unmatched_items(const Catalog& catalog, std::size_t limit) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(Statement * rows,
             connection->prepare(fmt::format(
                 "SELECT {}, COALESCE(e.plays, 0) FROM heard_items x JOIN items h ON h.key = x.item "
                 "LEFT JOIN {} e ON e.item = h.key WHERE h.key NOT IN (SELECT heard FROM matches) AND h.removed = 0 "
                 "ORDER BY e.plays DESC NULLS LAST, h.key LIMIT ?",
                 columns_of("h"), kEvents)));
  rows->bind(1, static_cast<std::int64_t>(limit));
  std::vector<HeardItem> items;
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) return items;
    items.push_back(read_heard(*rows, 0));
  }
}

base::Result<HeardItem> undo_match(Catalog& catalog, const base::ItemId& heard) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * find,
             connection->prepare(fmt::format("SELECT {}, {}, m.rule, m.score, m.heard, m.owned FROM matches m "
                                             "JOIN items h ON h.key = m.heard JOIN items o ON o.key = m.owned "
                                             "WHERE h.id = ?",
                                             columns_of("h"), columns_of("o"))));
  find->bind(1, heard.str());
  MLA_ASSIGN(const bool known, find->step());
  if (!known) {
    return base::Error{base::ErrorCode::kNotFound,
                       fmt::format("no match of '{}': see the ids that `matches list` shows", heard.str())};
  }
  HeardItem item;
  item.heard = read_item(*find, 0);
  item.owned = read_item(*find, 10);
  item.rule = find->text(20);
  item.score = find->real(21);
  const std::int64_t heard_key = find->integer(22);
  const std::int64_t owned_key = find->integer(23);
  find->reset();
  MLA_ASSIGN(Statement * refuse, connection->prepare("INSERT INTO match_refusals (heard, owned) VALUES (?, ?) "
                                                     "ON CONFLICT DO NOTHING"));
  refuse->bind(1, heard_key);
  refuse->bind(2, owned_key);
  MLA_CHECK(refuse->step());
  MLA_ASSIGN(Statement * clear,
             connection->prepare("UPDATE heard_items SET owned = NULL, rule = '', score = 0 WHERE item = ?"));
  clear->bind(1, heard_key);
  MLA_CHECK(clear->step());
  MLA_CHECK(record_write(*connection, {}));
  MLA_CHECK(transaction.commit());
  return item;
}

base::Result<std::vector<std::vector<Item>>> song_versions(const Catalog& catalog) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(Statement * rows, connection->prepare(fmt::format("SELECT {} FROM {}", kItemColumns, kOwnedItems)));
  std::unordered_map<std::string, std::size_t> place;
  std::vector<std::vector<Item>> songs;
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) break;
    Item item = read_item(*rows, 0);
    if (item.artist.empty()) continue;
    const auto [at, is_new] = place.try_emplace(song_key(item.title, item.artist), songs.size());
    if (is_new) songs.emplace_back();
    songs[at->second].push_back(std::move(item));
  }
  std::erase_if(songs, [](const std::vector<Item>& versions) { return versions.size() < 2; });
  std::stable_sort(songs.begin(), songs.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return songs;
}

}  // namespace mla::catalog
