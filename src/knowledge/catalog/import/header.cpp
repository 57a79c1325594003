#include "knowledge/catalog/import/header.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {

std::string normal_name(std::string_view name) {
  std::string normal = base::to_lower(base::trim(name));
  std::ranges::replace_if(
      normal, [](char c) { return c == ' ' || c == '.' || c == '-'; }, '_');
  return normal;
}

Header::Header(std::span<const std::string_view> fields) {
  for (const std::string_view field : fields) names_.push_back(normal_name(field));
}

base::Result<Header> Header::read(CsvReader& reader, std::string_view file) {
  MLA_ASSIGN(const CsvReader::Row row, reader.next());
  if (row == CsvReader::Row::kEnd) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' is empty, expected a header line", file)};
  }
  if (row == CsvReader::Row::kBad) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("the header line of '{}' cannot be read: {}", file, reader.problem())};
  }
  return Header(reader.fields());
}

std::optional<Header> Header::peek(const std::filesystem::path& file) {
  auto source = open_source(file);
  if (!source.ok()) return std::nullopt;
  CsvReader reader(**source);
  auto header = read(reader, file.string());
  if (!header.ok()) return std::nullopt;
  return std::move(header).value();
}

std::optional<std::size_t> Header::find(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

std::string Header::list() const {
  std::string text;
  for (const std::string& name : names_) {
    if (text.size() > 200) return text + ", …";
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", name.substr(0, 60));
  }
  return text;
}

}  // namespace mla::catalog
