#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/store/database.h"
#include "knowledge/catalog/item.h"

// How an item lies in its row.
namespace mla::catalog {

// One line a tag: weight, tab, name. One line an external id: scheme, tab, value.
std::string encode_tags(const std::vector<Tag>& tags);
std::vector<Tag> decode_tags(std::string_view text);
std::string encode_external_ids(const std::map<std::string, std::string>& ids);
std::map<std::string, std::string> decode_external_ids(std::string_view text);

// The columns that read_item reads, in its order.
inline constexpr std::string_view kItemColumns =
    "id, kind, title, artist, album, duration, path, release_date, tags, external_ids";
// REQUIRES: a row whose columns from `first` on are kItemColumns.
Item read_item(const store::Statement& row, int first);

}  // namespace mla::catalog
