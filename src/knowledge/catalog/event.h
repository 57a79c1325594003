#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"

namespace mla::catalog {

enum class EventType : std::uint8_t { kListen, kSkip, kLike, kDislike, kBan };

std::string_view to_string(EventType type);  // "listen", "skip", "like", "dislike", "ban"
base::Result<EventType> parse_event_type(std::string_view name);

// Something a listener did with an item.
struct Event {
  base::EventId id;  // empty: derived from source, user, item, time, type and the ordinal among equal rows
  base::UserId user;
  base::ItemId item;
  EventType type = EventType::kListen;
  std::optional<base::UnixMillis> time;  // unknown times are neither decayed nor recency-filtered
  double weight = 1;                     // plays this event stands for; finite and > 0
  std::optional<std::int64_t> ms_played;
  std::string context;  // JSON object as given, or empty
  bool operator==(const Event&) const = default;
};

}  // namespace mla::catalog
