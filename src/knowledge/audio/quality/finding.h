#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mla::audio {

enum class Severity : std::uint8_t { kInfo, kWarning, kError };
std::string_view to_string(Severity severity);  // "info", "warning", "error"

// One thing that is wrong with a recording, where, and the number that says so. Kinds, numbers and limits are listed in
// docs/quality.md.
struct Finding {
  std::string_view kind;  // "clipping"; a literal
  Severity severity = Severity::kInfo;
  double start = 0;       // seconds
  double end = 0;         // seconds; the whole recording if it has no place
  double value = 0;       // what was measured …
  std::string_view unit;  // … and in what: "dBTP", "samples"; a literal
  std::string detail;     // a sentence for a person
};

}  // namespace mla::audio
