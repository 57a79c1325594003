// rooms: catalog
// Any bytes as a CSV file: rows of events and of a catalogue. What is accepted must be fit for the database.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "knowledge/catalog/import/catalogue_rows.h"
#include "knowledge/catalog/import/csv.h"
#include "knowledge/catalog/import/event_rows.h"

using namespace mla::catalog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto source = memory_source(bytes, "fuzz.csv");
  // Limits that small inputs can reach.
  CsvReader reader(*source, {.max_row_bytes = 512, .max_columns = 20});
  const auto header = Header::read(reader, "fuzz.csv");
  if (!header.ok()) return 0;
  const auto events = EventRows::from(*header, "fuzz.csv");
  const auto items = CatalogueRows::from(*header, {}, "fuzz.csv");
  Event event;
  Item item;
  std::uint64_t line = 0;
  for (;;) {
    const auto row = reader.next();
    if (!row.ok() || *row == CsvReader::Row::kEnd) return 0;
    if (reader.line() <= line || reader.raw().size() > 512) std::abort();  // each row starts further on
    line = reader.line();
    if (*row == CsvReader::Row::kBad) continue;
    if (reader.fields().size() > 20) std::abort();
    if (events.ok() && events->read(reader.fields(), event).empty() && !check(event).ok()) std::abort();
    if (items.ok() && items->read(reader.fields(), item).empty() && !check(item).ok()) std::abort();
  }
}
