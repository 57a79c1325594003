#include "knowledge/catalog/import/history_columns.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {

std::optional<std::size_t> first_column(const Header& header, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto column = header.find(name)) return column;
  }
  return std::nullopt;
}

std::string_view column_text(std::span<const std::string_view> fields, std::optional<std::size_t> column) {
  return column && *column < fields.size() ? base::trim(fields[*column]) : std::string_view();
}

base::Result<base::UnixMillis> parse_history_time(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  // "31 Jul 2019, 12:34": day, month, year, time.
  std::array<std::string_view, 4> parts;
  std::size_t count = 0;
  for (std::string_view rest = text; count < parts.size();) {
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == ',')) rest.remove_prefix(1);
    if (rest.empty()) break;
    const std::size_t end = count == 3 ? rest.size() : std::min(rest.find_first_of(" ,"), rest.size());
    parts[count++] = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  const auto day = base::parse_integer(parts[0]);
  const auto month = std::find(kMonths.begin(), kMonths.end(), base::to_lower(parts[1].substr(0, 3)));
  if (count == 4 && day && *day >= 1 && *day <= 31 && month != kMonths.end() && parts[2].size() == 4) {
    return base::parse_time(fmt::format("{}-{:02}-{:02} {}", parts[2], month - kMonths.begin() + 1, *day, parts[3]));
  }
  return base::parse_time(text);
}

}  // namespace mla::catalog
