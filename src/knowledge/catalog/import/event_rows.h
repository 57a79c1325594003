#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/import/header.h"

namespace mla::catalog {

// Which columns of an events file hold what, and how a row becomes an event.
class EventRows {
 public:
  // kInvalidArgument names what is missing or twice there, and what was found.
  static base::Result<EventRows> from(const Header& header, std::string_view file);

  // Fills `event`, reusing its memory. Returns "" or the reason why the row is not an event.
  std::string read(std::span<const std::string_view> fields, Event& event) const;

  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  enum Column : std::uint8_t { kUser, kItem, kTimestamp, kWeight, kType, kEventId, kMsPlayed, kContext, kColumns };
  static std::string_view name_of(Column column);
  // The text of a column, trimmed; "" if the file does not have it.
  std::string_view field(std::span<const std::string_view> fields, Column column) const;

  std::array<std::optional<std::size_t>, kColumns> columns_{};
  std::size_t count_ = 0;
  std::vector<std::string> ignored_;
};

}  // namespace mla::catalog
