#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "foundation/base/clock.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/item.h"
#include "learning/models/training_data.h"

namespace mla::training {

// A listen or like at a known time.
struct TimedListen {
  std::int32_t user;
  std::int32_t item;
  base::UnixMillis time;
  std::optional<std::int16_t> utc_offset_minutes = {};  // what the event itself says
};

// An event that says in what mood an item was played.
struct MoodListen {
  std::int32_t item;
  std::string mood;  // normalised (catalog::normalise_mood)
};

// Training data with the ids behind its indices. Both lists of ids ascend bytewise: index order = id order.
struct Dataset {
  models::TrainingData data;
  std::vector<std::string> user_ids;
  std::vector<std::string> item_ids;
  // When each entry of data.interactions was first heard; 0 = unknown. Empty if nothing is timed.
  std::vector<base::UnixMillis> first_times;
  // Timed listens and likes of the users, by user; what time of day and weekday mean is learnt from them.
  std::vector<TimedListen> listens;
  std::vector<MoodListen> moods;
  // Of each item what an analysis found in its sound (calmness, energy, …), in [0, 1]; empty if no item was analysed.
  std::vector<std::map<std::string, double>> sound_moods;
  base::UnixMillis utc_offset = 0;  // from UTC to the time of listeners whose events do not say it

  base::UnixMillis local_time(const TimedListen& listen) const {
    constexpr base::UnixMillis kMinute = 60 * base::kMillisPerSecond;
    return listen.time + (listen.utc_offset_minutes ? *listen.utc_offset_minutes * kMinute : utc_offset);
  }

  std::optional<std::int32_t> find_user(std::string_view id) const;
  std::optional<std::int32_t> find_item(std::string_view id) const;

  // Sixteen hex digits that change with any id, interaction, time, tag, artist or sound (xxh3); for manifests.
  std::string fingerprint() const;
};

// Makes a Dataset from events in any order: a pair that counts as liked (Affinity) is an interaction with its strength.
class DatasetBuilder {
 public:
  // With `open_items`, items of events that add_item has not named are added; else such events are left out.
  explicit DatasetBuilder(bool open_items) : open_items_(open_items) {}

  void add_item(const catalog::Item& item);
  void add_event(std::string_view user, std::string_view item, catalog::EventType type, double weight,
                 std::optional<base::UnixMillis> time);

  // An event of this item was given a mood; unknown items are passed over.
  void add_mood(std::string_view item, std::string mood);

  // The listener's clock at all events of this user, item and time; users and items that no event has are passed over.
  void add_utc_offset(std::string_view user, std::string_view item, base::UnixMillis time, int minutes);

  // Events that named an item which is not in the data.
  std::int64_t ignored_events() const { return ignored_; }

  // Users without any liked pair are left out, items are not. Empties the builder.
  Dataset build();

 private:
  struct Names {
    std::unordered_map<std::string, std::int32_t> index;
    std::vector<std::string> names;
    std::int32_t add(std::string_view name);
    // Sorts the names; returns the new index of each old one.
    std::vector<std::int32_t> sort();
  };
  struct Row {
    std::int32_t user;
    std::int32_t item;
    catalog::EventType type;
    float weight;
    base::UnixMillis time;  // 0 = unknown
  };
  struct ItemTag {
    std::int32_t item;
    std::int32_t tag;
    float weight;
  };

  bool open_items_;
  Names users_, items_, tags_, artists_;
  std::vector<Row> rows_;
  std::vector<ItemTag> item_tags_;
  std::vector<MoodListen> moods_;
  std::vector<TimedListen> offsets_;  // with utc_offset_minutes
  std::vector<std::int32_t> item_artists_;
  std::int64_t ignored_ = 0;
};

}  // namespace mla::training
