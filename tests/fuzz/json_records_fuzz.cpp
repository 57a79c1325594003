// rooms: catalog
// Any bytes as a JSON export of a history: objects one by one. Whatever is in front, what is an object is bounded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "knowledge/catalog/import/json_records.h"

using namespace mla::catalog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxBytes = 512;  // a limit that small inputs can reach
  const auto source = memory_source({reinterpret_cast<const char*>(data), size}, "fuzz.json");
  JsonRecords records(*source, kMaxBytes);
  std::uint64_t line = 1;
  for (std::size_t rows = 0;; ++rows) {
    const auto row = records.next();
    if (!row.ok() || *row == JsonRecords::Row::kEnd) return 0;
    if (rows > size || records.line() < line) std::abort();  // each row takes at least a byte, and goes on
    line = records.line();
    if (*row == JsonRecords::Row::kBad) {
      if (records.problem().empty()) std::abort();
      continue;
    }
    if (records.raw().size() > kMaxBytes) std::abort();
    for (const auto& member : records.record()) {
      text_of(records.record(), member.key());
      integer_of(records.record(), member.key());
      object_of(records.record(), member.key());
    }
  }
}
