#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {

// What a history became: "2024-05-01T12:00:00.000Z listen Artist/Title", oldest first.
class HistoryTest : public ImportTest {
 protected:
  std::vector<std::string> heard(const std::string& user = "me") {
    std::vector<std::string> rows;
    for (const Event& event : events(user)) {
      const Item item = *catalog_->find_item(event.item).value();
      rows.insert(rows.begin(), fmt::format("{} {} {}/{}", base::format_time(*event.time).substr(0, 19),
                                            to_string(event.type), item.artist, item.title));
    }
    return rows;
  }
  std::vector<Event> events(const std::string& user = "me") {
    return catalog_->history(base::UserId(user), 1000).value();
  }
};

}  // namespace mla::catalog
