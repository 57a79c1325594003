#include "knowledge/catalog/import/event_rows.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/utc_offset.h"

namespace mla::catalog {
namespace {

constexpr std::size_t kShown = 40;  // bytes of a bad value in a reason

// Whole seconds or milliseconds without the detour through a double: nearly every file has these.
std::optional<base::UnixMillis> quick_time(std::string_view text) {
  if (text.size() < 9 || text.size() > 13) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  if (number < 100'000'000'000 && number < 7'258'118'400) return number * 1000;
  if (number >= 100'000'000'000 && number < 7'258'118'400'000) return number;
  return std::nullopt;
}

}  // namespace

std::string_view EventRows::name_of(Column column) {
  constexpr std::array<std::string_view, kColumns> kNames = {"user", "item",     "timestamp", "weight",
                                                             "type", "event_id", "ms_played", "context"};
  return kNames[column];
}

base::Result<EventRows> EventRows::from(const Header& header, std::string_view file) {
  EventRows rows;
  rows.count_ = header.size();
  std::vector<bool> known(header.size(), false);
  for (std::uint8_t i = 0; i < kColumns; ++i) {
    const std::string_view name = name_of(static_cast<Column>(i));
    if (std::ranges::count(header.names(), name) > 1) {
      return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' has two columns '{}'", file, name)};
    }
    rows.columns_[i] = header.find(name);
    if (rows.columns_[i]) known[*rows.columns_[i]] = true;
  }
  for (const Column column : {kUser, kItem}) {
    if (rows.columns_[column]) continue;
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("the header of '{}' has no column '{}': found {}, expected "
                                   "user,item[,timestamp][,weight][,type][,event_id]",
                                   file, name_of(column), header.list())};
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) rows.ignored_.push_back(header.names()[i]);
  }
  return rows;
}

std::string_view EventRows::field(std::span<const std::string_view> fields, Column column) const {
  return columns_[column] ? base::trim(fields[*columns_[column]]) : std::string_view();
}

std::string EventRows::read(std::span<const std::string_view> fields, Event& event) const {
  if (fields.size() != count_) return fmt::format("{} columns, the header has {}", fields.size(), count_);
  const auto take_id = [](auto& id, std::string_view text) { id = std::remove_reference_t<decltype(id)>(text); };
  for (const Column column : {kUser, kItem, kEventId}) {
    const std::string_view text = field(fields, column);
    if (text.size() > kMaxIdBytes) {
      return fmt::format("{} has {} bytes, at most {} are allowed", name_of(column), text.size(), kMaxIdBytes);
    }
    if (text.empty() && column != kEventId) return fmt::format("{} is empty", name_of(column));
  }
  take_id(event.user, field(fields, kUser));
  take_id(event.item, field(fields, kItem));
  take_id(event.id, field(fields, kEventId));

  event.time.reset();
  if (const std::string_view text = field(fields, kTimestamp); !text.empty()) {
    event.time = quick_time(text);
    if (!event.time) {
      const auto time = base::parse_time(text);
      if (!time.ok()) return time.error().message;
      event.time = *time;
    }
  }
  event.weight = 1;
  if (const std::string_view text = field(fields, kWeight); !text.empty()) {
    const auto weight = base::parse_double(text);
    if (!weight || *weight <= 0) return fmt::format("weight '{}' is not a number above 0", text.substr(0, kShown));
    event.weight = *weight;
  }
  event.type = EventType::kListen;
  if (const std::string_view text = field(fields, kType); !text.empty()) {
    const auto type = parse_event_type(text);
    if (!type.ok()) return type.error().message;
    event.type = *type;
  }
  event.ms_played.reset();
  if (const std::string_view text = field(fields, kMsPlayed); !text.empty()) {
    event.ms_played = base::parse_integer(text);
    if (!event.ms_played || *event.ms_played < 0) {
      return fmt::format("ms_played '{}' is not a whole number of milliseconds", text.substr(0, kShown));
    }
  }
  event.context = field(fields, kContext);
  if (const auto offset = utc_offset_in_time(field(fields, kTimestamp))) {
    event.context = with_utc_offset(event.context, *offset);
  }
  if (event.context.size() > kMaxContextBytes) return fmt::format("context has more than {} bytes", kMaxContextBytes);
  return {};
}

}  // namespace mla::catalog
