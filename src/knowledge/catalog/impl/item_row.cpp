#include "knowledge/catalog/impl/item_row.h"

#include <algorithm>
#include <charconv>

namespace mla::catalog {
namespace {

// Calls take(left, right) for each "left TAB right" line.
template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos) take(line.substr(0, tab), line.substr(tab + 1));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

std::string encode_tags(const std::vector<Tag>& tags) {
  std::string text;
  char number[32];
  for (const Tag& tag : tags) {
    const auto [end, error] = std::to_chars(number, number + sizeof number, tag.weight);
    text.append(number, end).append(1, '\t').append(tag.name).append(1, '\n');
  }
  return text;
}

std::vector<Tag> decode_tags(std::string_view text) {
  std::vector<Tag> tags;
  tags.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  for_each_line(text, [&](std::string_view weight, std::string_view name) {
    Tag tag{std::string(name), 1};
    std::from_chars(weight.data(), weight.data() + weight.size(), tag.weight);
    tags.push_back(std::move(tag));
  });
  return tags;
}

std::string encode_external_ids(const std::map<std::string, std::string>& ids) {
  std::string text;
  for (const auto& [scheme, value] : ids) text.append(scheme).append(1, '\t').append(value).append(1, '\n');
  return text;
}

std::map<std::string, std::string> decode_external_ids(std::string_view text) {
  std::map<std::string, std::string> ids;
  for_each_line(text, [&](std::string_view scheme, std::string_view value) { ids.emplace(scheme, value); });
  return ids;
}

Item read_item(const store::Statement& row, int first) {
  Item item;
  item.id = base::ItemId(row.text(first));
  item.kind = row.integer(first + 1) == 1 ? ItemKind::kArtist : ItemKind::kTrack;
  item.title = row.text(first + 2);
  item.artist = row.text(first + 3);
  item.album = row.text(first + 4);
  if (!row.is_null(first + 5)) item.duration_seconds = row.real(first + 5);
  item.path = row.text(first + 6);
  item.release_date = row.text(first + 7);
  item.tags = decode_tags(row.text(first + 8));
  item.external_ids = decode_external_ids(row.text(first + 9));
  return item;
}

}  // namespace mla::catalog
