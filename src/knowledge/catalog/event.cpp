#include "knowledge/catalog/event.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

constexpr std::array<std::string_view, kEventTypes> kNames = {"listen", "skip", "like", "dislike", "ban"};

}  // namespace

std::string_view to_string(EventType type) { return kNames[static_cast<std::size_t>(type)]; }

base::Result<EventType> parse_event_type(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<EventType>(i);
  }
  return base::Error{
      base::ErrorCode::kInvalidArgument,
      fmt::format("unknown event type '{}': use listen, skip, like, dislike or ban", name.substr(0, 40))};
}

base::Status check_id(std::string_view what, std::string_view id) {
  if (!id.empty() && id.size() <= kMaxIdBytes && base::is_utf8(id)) return {};
  if (id.empty()) return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("the {} is empty", what)};
  if (id.size() > kMaxIdBytes) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("the {} has {} bytes, at most {} are allowed", what, id.size(), kMaxIdBytes)};
  }
  return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("the {} is not UTF-8", what)};
}

base::Status check(const Event& event) {
  MLA_CHECK(check_id("user", event.user.str()));
  MLA_CHECK(check_id("item", event.item.str()));
  if (!event.id.empty()) MLA_CHECK(check_id("event id", event.id.str()));
  if (!std::isfinite(event.weight) || event.weight <= 0) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("weight {} is not a number above 0", event.weight)};
  }
  if (event.time && *event.time < 0) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("time {} is before 1970", *event.time)};
  }
  if (event.ms_played && *event.ms_played < 0) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("ms_played {} is negative", *event.ms_played)};
  }
  if (event.context.size() > kMaxContextBytes || !base::is_utf8(event.context)) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("the context must be UTF-8 of at most {} bytes", kMaxContextBytes)};
  }
  return {};
}

}  // namespace mla::catalog
