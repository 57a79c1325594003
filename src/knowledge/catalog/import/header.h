#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/csv.h"

namespace mla::catalog {

// The names of a CSV file's columns: trimmed, lower case, with '_' for spaces, dots and dashes.
class Header {
 public:
  explicit Header(std::span<const std::string_view> fields);
  // Reads the first row of `reader`; kInvalidArgument for an empty file or a broken first row.
  static base::Result<Header> read(CsvReader& reader, std::string_view file);
  // The header of a file, or nothing if it cannot be read as CSV: for detection.
  static std::optional<Header> peek(const std::filesystem::path& file);

  // Where the column is; nothing if there is none. The first of several equal names counts.
  std::optional<std::size_t> find(std::string_view name) const;
  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  // "'a', 'b'", cut where it gets long: for messages.
  std::string list() const;

 private:
  std::vector<std::string> names_;
};

// How column names are compared.
std::string normal_name(std::string_view name);

}  // namespace mla::catalog
