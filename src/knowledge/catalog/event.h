#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"

namespace mla::catalog {

// Ids of users, items and events have 1 to kMaxIdBytes bytes.
inline constexpr std::size_t kMaxIdBytes = 512;
inline constexpr std::size_t kMaxContextBytes = 4096;

enum class EventType : std::uint8_t { kListen, kSkip, kLike, kDislike, kBan };
inline constexpr int kEventTypes = 5;

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

// kInvalidArgument unless `id` is UTF-8 of 1 to kMaxIdBytes bytes; `what` names it in the message.
base::Status check_id(std::string_view what, std::string_view id);

// kInvalidArgument with the field and the value if a write would be refused.
base::Status check(const Event& event);

}  // namespace mla::catalog
