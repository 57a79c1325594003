#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/import/header.h"

// Pieces that the CSV histories share.
namespace mla::catalog {

// The first of these columns that a header has.
std::optional<std::size_t> first_column(const Header& header, std::initializer_list<std::string_view> names);

// The trimmed text of a column; "" if the file or the row does not have it.
std::string_view column_text(std::span<const std::string_view> fields, std::optional<std::size_t> column);

// What base::parse_time reads, and times as Last.fm writes them: "31 Jul 2019, 12:34" (UTC), with or without the comma.
base::Result<base::UnixMillis> parse_history_time(std::string_view text);

}  // namespace mla::catalog
