#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/base/result.h"

// Structured log lines on stderr: JSON objects (time, level, room, message, request_id, fields) outside a terminal,
// coloured text on one. Thread-safe.
namespace mla::base::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning" or "error", in any case ("warn" and "critical" are understood too).
Result<Level> parse_level(std::string_view name);

void set_level(Level level);
// Where lines go: on a terminal text, else JSON. Tests give a sink to capture lines.
enum class Format : std::uint8_t { kAuto, kJson, kText };
void set_format(Format format);

using Value = std::variant<std::string, std::int64_t, double, bool>;
struct Field {
  Field(std::string_view name_, std::string_view value_) : name(name_), value(std::string(value_)) {}
  Field(std::string_view name_, const char* value_) : name(name_), value(std::string(value_)) {}
  Field(std::string_view name_, const std::string& value_) : name(name_), value(value_) {}
  Field(std::string_view name_, bool value_) : name(name_), value(value_) {}
  template <class T>
    requires std::is_integral_v<T>
  Field(std::string_view name_, T value_) : name(name_), value(static_cast<std::int64_t>(value_)) {}
  template <class T>
    requires std::is_floating_point_v<T>
  Field(std::string_view name_, T value_) : name(name_), value(static_cast<double>(value_)) {}

  std::string_view name;
  Value value;
};
using Fields = std::initializer_list<Field>;

void write(Level level, std::string_view room, std::string_view message, Fields fields = {});
inline void debug(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::kDebug, room, message, f);
}
inline void info(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::kInfo, room, message, f);
}
inline void warning(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::kWarning, room, message, f);
}
inline void error(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::kError, room, message, f);
}

// While it lives, every line of this thread carries the request id.
class RequestScope {
 public:
  explicit RequestScope(std::string request_id);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  std::string previous_;
};

// The request id of this thread, or "".
const std::string& current_request_id();

// The JSON line that `write` prints outside a terminal, without newline; `time` as RFC 3339.
std::string format_json(std::string_view time, Level level, std::string_view room, std::string_view message,
                        Fields fields);

}  // namespace mla::base::log
