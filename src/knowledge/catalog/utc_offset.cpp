#include "knowledge/catalog/utc_offset.h"

#include <algorithm>
#include <cctype>

#include <boost/json.hpp>

#include "foundation/base/json.h"

namespace mla::catalog {
namespace {

constexpr std::string_view kKey = "utc_offset_minutes";
constexpr int kMostMinutes = 18 * 60;

std::optional<boost::json::object> object_of(std::string_view context) {
  if (context.empty()) return boost::json::object();
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(context, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace

std::optional<int> utc_offset_in_time(std::string_view timestamp) {
  // A date has no offset: "2026-05-01" ends like one without a colon.
  const std::size_t hour = timestamp.find_first_of("Tt ");
  if (hour == std::string_view::npos) return std::nullopt;
  const std::size_t at = timestamp.find_first_of("+-", hour);
  if (at == std::string_view::npos) return std::nullopt;
  std::string digits;
  for (const char c : timestamp.substr(at + 1)) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      digits += c;
    } else if (c != ':') {
      return std::nullopt;
    }
  }
  if (digits.size() == 2) digits += "00";
  if (digits.size() != 4) return std::nullopt;
  const int minutes = ((digits[0] - '0') * 10 + digits[1] - '0') * 60 + (digits[2] - '0') * 10 + digits[3] - '0';
  if (minutes > kMostMinutes || (minutes == 0 && timestamp[at] == '-')) return std::nullopt;
  return timestamp[at] == '-' ? -minutes : minutes;
}

std::optional<int> utc_offset_in_context(std::string_view context) {
  if (context.find(kKey) == std::string_view::npos) return std::nullopt;  // spares most a parser
  const auto object = object_of(context);
  const boost::json::value* minutes = object ? object->if_contains(kKey) : nullptr;
  if (minutes == nullptr || !minutes->is_int64()) return std::nullopt;
  const std::int64_t value = minutes->get_int64();
  if (value < -kMostMinutes || value > kMostMinutes) return std::nullopt;
  return static_cast<int>(value);
}

std::string with_utc_offset(std::string_view context, int minutes) {
  auto object = object_of(context);
  if (!object || object->contains(kKey)) return std::string(context);
  (*object)[kKey] = minutes;
  return base::to_json_text(*object);
}

}  // namespace mla::catalog
