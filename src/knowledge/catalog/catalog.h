#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/item.h"

namespace mla::catalog {

struct WriteCounts {
  std::int64_t added = 0;
  std::int64_t unchanged = 0;  // duplicates by event id; items equal to what is stored
  std::int64_t updated = 0;    // items only
  bool operator==(const WriteCounts&) const = default;
};

// How often one item was heard.
struct Played {
  Item item;
  double faded = 0;                   // plays, each halved for every half-life of its age; untimed ones count whole
  double plays = 0;                   // weights of all listens
  std::int64_t listeners = 0;         // who has listened to it
  double recent_plays = 0;            // of the last half-life
  std::int64_t recent_listeners = 0;  // who has listened to it since then
};

// An artist as the tracks name it.
struct ArtistCount {
  std::string name;
  std::int64_t tracks = 0;  // by it; 0: only the artist itself is in the catalogue
  bool operator==(const ArtistCount&) const = default;
};

// A listener's events in numbers.
struct UserSummary {
  std::int64_t events = 0;
  std::array<std::int64_t, kEventTypes> by_type{};  // in the order of EventType
  std::int64_t items = 0;                           // different ones
  double plays = 0;                                 // weights of all listens
  std::optional<base::UnixMillis> first, last;      // of timed events
};

struct CatalogCounts {
  std::int64_t users = 0;
  std::int64_t items = 0;
  std::int64_t events = 0;
  bool operator==(const CatalogCounts&) const = default;
};

class EventInbox;

// Items, users and events in a database. What a write call acknowledged survives kill -9.
// Thread-safe: writes are serialised by the database, reads run beside them.
class Catalog {
 public:
  // Brings the schema up to date; refuses a newer one (kUnsupported). `database` must outlive the catalogue.
  static base::Result<Catalog> open(store::Database& database);

  // Adds or replaces; the whole span or nothing. Tags and external ids of an item are replaced with it.
  // An item that is not valid (see check(Item)) refuses the span with kInvalidArgument.
  base::Result<WriteCounts> put_items(std::span<const Item> items);
  // The same for items as a history names them (see matching/matches.h): a new one is marked as heard, one that was
  // heard before gets what it lacks, one that somebody described otherwise (a file, a catalogue) stays as it is.
  base::Result<WriteCounts> put_heard_items(std::span<const Item> items);
  base::Result<std::optional<Item>> find_item(const base::ItemId& id) const;
  // In the order asked; unknown ids give nullopt.
  base::Result<std::vector<std::optional<Item>>> find_items(std::span<const base::ItemId> ids) const;
  // An item by our id, else by any external id ("spotify:track:…", MBID, ISRC) or path; of one that is matched, the
  // owned one.
  base::Result<std::optional<base::ItemId>> resolve(std::string_view reference) const;
  // False if there was none. Its events stay, it is no longer recommended; put_items brings it back.
  base::Result<bool> remove_item(const base::ItemId& id);

  // Adds what is new by event id; the whole span or nothing. An unknown item becomes a track that has only its id.
  // What several threads add at the same time is written together. Long imports use an EventWriter, whose ordinals go
  // on from call to call.
  base::Result<WriteCounts> add_events(std::span<const Event> events, std::string_view source);
  // Newest first (untimed last), at most `limit`. Ids read back as 32 hexadecimal digits. An event of a matched item
  // is read as one of the owned item, here and in for_each_event.
  base::Result<std::vector<Event>> history(const base::UserId& user, std::size_t limit) const;
  // The same, of what comes after this one of them in that order: the next page.
  base::Result<std::vector<Event>> history(const base::UserId& user, std::size_t limit, const Event& after) const;
  base::Result<bool> has_user(const base::UserId& user) const;
  // Nothing for an unknown user. Reads all of the user's events.
  base::Result<std::optional<UserSummary>> summary(const base::UserId& user) const;
  // Forgets a person: the user, their events, friends and accounts of imports. Items stay. False if there was nothing.
  base::Result<bool> erase_user(const base::UserId& user);
  // Source and account of each import of this person.
  base::Result<std::vector<std::pair<std::string, std::string>>> import_accounts(const base::UserId& user) const;

  // What was listened to most, plays fading with a half-life: the best `limit` of what is in the catalogue, those with
  // a file in place of what is matched to them. Reads all events: a second for a few million.
  base::Result<std::vector<Played>> most_played(base::UnixMillis now, double half_life_days, std::size_t limit) const;
  // Tracks with a release date of `until` ("2026-11-29") or before, the newest first; of one day in the order of their
  // first mention, the latest first.
  base::Result<std::vector<Item>> newest_releases(std::string_view until, std::size_t limit) const;
  // Artists after `after` in the order of their names' bytes, at most `limit`; "" begins.
  base::Result<std::vector<ArtistCount>> artists(std::string_view after, std::size_t limit) const;
  // The artist's own item, if there is one of that name.
  base::Result<std::optional<Item>> artist(std::string_view name) const;
  // Tracks of an artist by id, after `after`, at most `limit`.
  base::Result<std::vector<Item>> tracks_of(std::string_view artist, const base::ItemId& after,
                                            std::size_t limit) const;

  // Calls `visit` for each, items (without matched ones) in order of their first mention, events by user and time; an
  // error from it stops and is returned. Bounded memory. Sees one snapshot; `visit` may use the catalogue, but must not
  // wait for a writer.
  base::Status for_each_item(const std::function<base::Status(const Item&)>& visit) const;
  base::Status for_each_event(const std::function<base::Status(const Event&)>& visit) const;

  // "Users are friends", as HetRec Last.fm has it: both directions are one pair. Returns how many were new.
  base::Result<std::int64_t> put_friends(std::span<const std::pair<base::UserId, base::UserId>> pairs);
  base::Result<std::vector<base::UserId>> friends(const base::UserId& user) const;

  base::Result<CatalogCounts> counts() const;
  // Changes with every write of items or events: lets a cache or a trainer see that there is news. Cheap.
  base::Result<std::int64_t> revision() const;
  // Changes with everything that a recommendation to this user is made from, in whatever process it is written.
  struct Versions {
    std::int64_t items = 0;  // what items are: their words, files and matches
    // What the user did; of an unknown one, minus the number of erasures so far (of anybody), so that nothing which was
    // made before an erasure is true again after it.
    std::int64_t user = 0;
    bool operator==(const Versions&) const = default;
  };
  base::Result<Versions> versions(const base::UserId& user) const;
  // Users by their newest event, the latest first (untimed last), at most `limit`.
  base::Result<std::vector<base::UserId>> latest_users(std::size_t limit) const;
  // The user with the most events, for a first example.
  base::Result<std::optional<base::UserId>> most_active_user() const;

  store::Database& database() const { return *database_; }

 private:
  explicit Catalog(store::Database& database);
  store::Database* database_;
  std::shared_ptr<EventInbox> inbox_;
};

}  // namespace mla::catalog
