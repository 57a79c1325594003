#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "front/http/dto.h"
#include "front/http/impl/fields.h"
#include "knowledge/catalog/utc_offset.h"

namespace mla::http {
namespace {

namespace json = boost::json;

constexpr Fields::TextLimits kId{1, 512};
constexpr Fields::TextLimits kName{0, 1024};
constexpr std::size_t kMaxTags = 200;
constexpr std::size_t kMaxExternalIds = 20;
constexpr std::size_t kMaxEventContext = 4096;  // bytes of JSON text

catalog::Event read_event(const json::value& value, const json::array& loc, std::vector<FieldError>& errors) {
  Fields fields(value, loc, errors);
  catalog::Event event;
  if (!value.is_object()) return event;
  for (const auto* const name : {"user_id", "track_id"}) {
    if (!fields.has(name)) fields.report_missing(name);
  }
  event.id = base::EventId(fields.text("event_id", kId).value_or(""));
  event.user = base::UserId(fields.text("user_id", kId).value_or(""));
  event.item = base::ItemId(fields.text("track_id", kId).value_or(""));
  if (const auto name = fields.text("type", {1, 64})) {
    if (auto type = catalog::parse_event_type(*name); type.ok()) {
      event.type = *type;
    } else {
      fields.report("type", "enum", "Input should be listen, skip, like, dislike or ban");
    }
  }
  if (const json::value* time = fields.find("timestamp")) {
    const auto parsed =
        base::parse_time(time->is_string() ? std::string_view(time->get_string()) : base::to_json_text(*time));
    if (parsed.ok()) {
      event.time = *parsed;
    } else {
      fields.report("timestamp", "datetime_type",
                    "Input should be ISO 8601, or seconds or milliseconds since 1970, within 1970 to 2200");
    }
  }
  if (const auto weight = fields.number("weight", 0, 1e9)) {
    event.weight = *weight;
    if (!(*weight > 0)) fields.report("weight", "greater_than", "Input should be greater than 0");
  }
  event.ms_played = fields.integer("ms_played", 0, 1'000'000'000);
  if (const json::value* context = fields.object("context")) {
    event.context = base::to_json_text(*context);
    if (event.context.size() > kMaxEventContext) {
      fields.report("context", "too_long", fmt::format("Object should have at most {} bytes", kMaxEventContext));
    }
  }
  if (const json::value* time = fields.find("timestamp"); time != nullptr && time->is_string()) {
    const auto offset = catalog::utc_offset_in_time(time->get_string());
    if (offset) event.context = catalog::with_utc_offset(event.context, *offset);
  }
  return event;
}

std::vector<catalog::Tag> read_tags(const json::array& list, Fields& fields, std::vector<FieldError>& errors) {
  std::vector<catalog::Tag> tags;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    json::array loc = fields.loc("tags");
    loc.emplace_back(i);
    catalog::Tag tag;
    std::optional<std::string> name;
    if (list[i].is_string()) {
      name = Fields::check_text(list[i], {1, 256}, loc, errors);
    } else {
      Fields members(list[i], loc, errors);
      name = members.text("name", {1, 256});
      if (list[i].is_object() && !members.has("name")) members.report_missing("name");
      tag.weight = static_cast<float>(members.number("weight", 1e-6, 1e9).value_or(1));
    }
    if (!name) continue;
    tag.name = base::to_lower(base::trim(*name));
    if (!tag.name.empty() && seen.insert(tag.name).second) tags.push_back(std::move(tag));
  }
  return tags;
}

// A year, a month or a day: "1999", "1999-05", "1999-05-01".
bool is_release_date(std::string_view text) {
  constexpr std::string_view kFullest = "0000-01-01";
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  const std::string full = std::string(text) + std::string(kFullest.substr(text.size()));
  for (std::size_t i = 0; i < full.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? full[i] != '-' : full[i] < '0' || full[i] > '9') return false;
  }
  const auto month = base::parse_integer(full.substr(5, 2)).value_or(0);
  const auto day = base::parse_integer(full.substr(8, 2)).value_or(0);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// All but the id.
void read_item(Fields& fields, catalog::Item& item, std::vector<FieldError>& errors) {
  if (const auto kind = fields.text("kind", {1, 64})) {
    item.kind = *kind == "artist" ? catalog::ItemKind::kArtist : catalog::ItemKind::kTrack;
    if (*kind != "artist" && *kind != "track") fields.report("kind", "enum", "Input should be track or artist");
  }
  if (!fields.has("track_name")) fields.report_missing("track_name");
  item.title = fields.text("track_name", {1, kName.max}).value_or("");
  // Of an artist the name is the title, and answers repeat it as artist_name.
  if (auto artist = fields.text("artist_name", kName); artist && item.kind == catalog::ItemKind::kTrack) {
    item.artist = std::move(*artist);
  }
  item.album = fields.text("album", kName).value_or("");
  item.duration_seconds = fields.number("duration_seconds", 0, 1e7);
  item.path = fields.text("path", {0, 4096}).value_or("");
  if (auto date = fields.text("release_date", {0, 10}); date && !date->empty()) {
    if (!is_release_date(*date)) {
      fields.report("release_date", "date_type", "Input should be YYYY, YYYY-MM or YYYY-MM-DD");
    }
    item.release_date = std::move(*date);
  }
  if (const json::array* tags = fields.array("tags", kMaxTags)) item.tags = read_tags(*tags, fields, errors);
  if (const json::value* ids = fields.object("external_ids")) {
    Fields members(*ids, fields.loc("external_ids"), errors);
    if (ids->get_object().size() > kMaxExternalIds) {
      fields.report("external_ids", "too_long", fmt::format("Object should have at most {} members", kMaxExternalIds));
    } else {
      for (const auto& member : ids->get_object()) {
        if (auto text = members.text(member.key(), kId)) item.external_ids.emplace(member.key(), std::move(*text));
      }
    }
  }
}

}  // namespace

Parsed<std::vector<catalog::Event>> parse_events(std::string_view body) {
  Parsed<std::vector<catalog::Event>> parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (!value->is_object()) return parsed;
  if (!fields.has("events")) {
    parsed.value.push_back(read_event(*value, {"body"}, parsed.errors));
    return parsed;
  }
  const json::array* list = fields.array("events", kMaxEvents);
  if (list == nullptr) return parsed;
  if (list->empty()) fields.report("events", "too_short", "List should have at least 1 item");
  parsed.value.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    parsed.value.push_back(read_event((*list)[i], {"body", "events", i}, parsed.errors));
  }
  return parsed;
}

Parsed<catalog::Item> parse_track(std::string_view body, std::string_view id) {
  Parsed<catalog::Item> parsed;
  parsed.value.id = base::ItemId(id);
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (!value->is_object()) return parsed;
  if (const auto given = fields.text("track_id", kId); given && *given != id) {
    fields.report("track_id", "value_error", "Input should be the id of the path, or be left out");
  }
  read_item(fields, parsed.value, parsed.errors);
  return parsed;
}

Parsed<catalog::Item> parse_track_line(std::string_view line) {
  Parsed<catalog::Item> parsed;
  const auto value = parse_json(line, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (!value->is_object()) return parsed;
  if (!fields.has("track_id")) fields.report_missing("track_id");
  parsed.value.id = base::ItemId(fields.text("track_id", kId).value_or(""));
  read_item(fields, parsed.value, parsed.errors);
  return parsed;
}

}  // namespace mla::http
