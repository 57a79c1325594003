#include "knowledge/catalog/item.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/event.h"

namespace mla::catalog {
namespace {

base::Error refuse(const Item& item, std::string_view why) {
  return {base::ErrorCode::kInvalidArgument, fmt::format("item '{}': {}", item.id.str().substr(0, 80), why)};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

base::Status check_text(const Item& item, std::string_view field, std::string_view text, std::size_t limit) {
  if (text.size() > limit)
    return refuse(item, fmt::format("{} has {} bytes, at most {} are allowed", field, text.size(), limit));
  if (has_control(text)) return refuse(item, fmt::format("{} contains a control character", field));
  if (!base::is_utf8(text)) return refuse(item, fmt::format("{} is not UTF-8", field));
  return {};
}

// "1999", "1999-05", "1999-05-01"; days are checked by range only.
bool is_date(std::string_view text) {
  const auto number = [&](std::size_t from, std::size_t count, int low, int high) {
    const std::string_view part = text.substr(from, count);
    const bool digits = std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && *base::parse_integer(part) >= low && *base::parse_integer(part) <= high;
  };
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  if (!number(0, 4, 1, 9999)) return false;
  if (text.size() >= 7 && (text[4] != '-' || !number(5, 2, 1, 12))) return false;
  return text.size() < 10 || (text[7] == '-' && number(8, 2, 1, 31));
}

}  // namespace

bool Item::is_explicit() const {
  return std::any_of(tags.begin(), tags.end(), [](const Tag& tag) { return tag.name == kExplicitTag; });
}

base::Status check(const Item& item) {
  if (item.id.empty()) return base::Error{base::ErrorCode::kInvalidArgument, "an item without an id"};
  MLA_CHECK(check_text(item, "id", item.id.str(), kMaxIdBytes));
  MLA_CHECK(check_text(item, "title", item.title, kMaxTextBytes));
  MLA_CHECK(check_text(item, "artist", item.artist, kMaxTextBytes));
  MLA_CHECK(check_text(item, "album", item.album, kMaxTextBytes));
  MLA_CHECK(check_text(item, "path", item.path, kMaxTextBytes));
  if (!item.release_date.empty() && !is_date(item.release_date)) {
    return refuse(item, fmt::format("release date '{}' is not like 1999, 1999-05 or 1999-05-01",
                                    item.release_date.substr(0, 40)));
  }
  if (item.duration_seconds && !(std::isfinite(*item.duration_seconds) && *item.duration_seconds >= 0)) {
    return refuse(item, fmt::format("duration {} is not a number of seconds", *item.duration_seconds));
  }
  if (item.tags.size() > kMaxTags || item.external_ids.size() > kMaxTags) {
    return refuse(item, fmt::format("more than {} tags or external ids", kMaxTags));
  }
  std::unordered_set<std::string_view> names;
  for (const Tag& tag : item.tags) {
    MLA_CHECK(check_text(item, "a tag", tag.name, kMaxTagBytes));
    if (tag.name.empty()) return refuse(item, "a tag without a name");
    if (!std::isfinite(tag.weight) || tag.weight <= 0) {
      return refuse(item, fmt::format("tag '{}' has weight {}, it must be above 0", tag.name, tag.weight));
    }
    if (!names.insert(tag.name).second) return refuse(item, fmt::format("tag '{}' is given twice", tag.name));
  }
  for (const auto& [scheme, value] : item.external_ids) {
    MLA_CHECK(check_text(item, "an external id's scheme", scheme, kMaxTagBytes));
    MLA_CHECK(check_text(item, "an external id", value, kMaxIdBytes));
    if (scheme.empty() || value.empty()) return refuse(item, "an external id without scheme or value");
  }
  return {};
}

}  // namespace mla::catalog
