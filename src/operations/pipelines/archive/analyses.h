#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/pipelines/archive/archive.h"

namespace mla::pipelines {

// Full analyses in the database, the archive that is always there: one a sound, packed. Thread-safe; what a write
// acknowledged survives kill -9.
class Analyses {
 public:
  // Brings the schema up to date; refuses a newer one. `database` must outlive this.
  static base::Result<Analyses> open(store::Database& database);

  struct Found {
    std::string payload;
    boost::json::object analysis;
  };
  // Adds analyses, or replaces those of the same payloads: all or none. What is true of one file alone is left out:
  // its name, which somebody gave, its size and its time. One that says the same again changes nothing.
  base::Status put(std::span<const Found> found, base::UnixMillis now);

  base::Result<std::optional<FullAnalysis>> find(const std::string& payload) const;
  // Those with a larger number, in the order of their numbers, at most `most`, and fewer where they are long: the one
  // that makes kPageBytes of text full is the last.
  static constexpr std::size_t kPageBytes = std::size_t{16} << 20;
  base::Result<std::vector<FullAnalysis>> after(std::int64_t number, std::size_t most) const;
  // The largest number; 0 if there is none. Cheap.
  base::Result<std::int64_t> newest() const;
  // How many have a larger number.
  base::Result<std::int64_t> count_after(std::int64_t number) const;
  struct Totals {
    std::int64_t count = 0;
    std::int64_t bytes = 0;  // as they are packed
  };
  // Reads all of them.
  base::Result<Totals> totals() const;

 private:
  explicit Analyses(store::Database& database) : database_(&database) {}
  store::Database* database_;
};

}  // namespace mla::pipelines
