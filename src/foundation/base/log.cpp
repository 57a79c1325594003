#include "foundation/base/log.h"

#include <atomic>
#include <cmath>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "foundation/base/json.h"
#include "foundation/base/parse.h"

namespace mla::base::log {
namespace {

thread_local std::string request_id;
std::atomic<Level> minimum{Level::kInfo};
std::atomic<Format> chosen_format{Format::kAuto};

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error", "off"};

std::string plain(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return format_number(std::get<double>(value));
}

// Invalid UTF-8 must not make the line invalid JSON.
std::string printable(std::string_view text) {
  std::string out(text);
  if (is_utf8(text)) return out;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_color_mt("mla");
    made->set_pattern("%^%v%$");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                   spdlog::level::err, spdlog::level::off};
  return kLevels[static_cast<std::size_t>(level)];
}

bool writes_json() {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  const Format format = chosen_format.load();
  return format == Format::kJson || (format == Format::kAuto && !terminal);
}

}  // namespace

Result<Level> parse_level(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower == "warn") return Level::kWarning;
  if (lower == "critical") return Level::kError;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (lower == kNames[i]) return static_cast<Level>(i);
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("log level '{}' is not one of debug, info, warning, error", name)};
}

void set_level(Level level) { minimum.store(level); }
void set_format(Format format) { chosen_format.store(format); }

std::string format_json(std::string_view time, Level level, std::string_view room, std::string_view message,
                        Fields fields) {
  std::string line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"room\":\"{}\",\"message\":", time,
                                 kNames[static_cast<std::size_t>(level)], room);
  append_json(line, printable(message));
  if (!request_id.empty()) {
    line += ",\"request_id\":";
    append_json(line, printable(request_id));
  }
  for (const Field& field : fields) {
    line += ',';
    append_json(line, field.name);
    line += ':';
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      append_json(line, printable(*text));
    } else if (const auto* real = std::get_if<double>(&field.value); real != nullptr && !std::isfinite(*real)) {
      line += "null";  // JSON has no NaN and no infinity
    } else {
      line += plain(field.value);
    }
  }
  return line + '}';
}

void write(Level level, std::string_view room, std::string_view message, Fields fields) {
  if (level < minimum.load() || level == Level::kOff) return;
  const std::string time = format_time(SystemClock().now());
  if (writes_json()) {
    logger().log(to_spdlog(level), format_json(time, level, room, message, fields));
    return;
  }
  std::string line =
      fmt::format("{} {:<7} {}: {}", time.substr(11, 8), kNames[static_cast<std::size_t>(level)], room, message);
  for (const Field& field : fields) line += fmt::format(" {}={}", field.name, plain(field.value));
  logger().log(to_spdlog(level), line);
}

RequestScope::RequestScope(std::string id) : previous_(std::move(request_id)) { request_id = std::move(id); }
RequestScope::~RequestScope() { request_id = std::move(previous_); }

const std::string& current_request_id() { return request_id; }

}  // namespace mla::base::log
