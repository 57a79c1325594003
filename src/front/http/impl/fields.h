#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "front/http/impl/errors.h"

namespace mla::http {

// Parses a body; nothing, and an error in `errors`, if it is not JSON (at most 32 levels, UTF-8 only).
std::optional<boost::json::value> parse_json(std::string_view body, std::vector<FieldError>& errors);

// Reads the members of one JSON object and collects what is wrong. A getter returns nothing for a member that is
// missing, null or wrong; the last has been reported then.
class Fields {
 public:
  // `value` must outlive this object; if it is not an object, that is reported and all members are missing.
  Fields(const boost::json::value& value, boost::json::array loc, std::vector<FieldError>& errors);

  struct TextLimits {
    std::size_t min = 0;  // bytes
    std::size_t max = 512;
  };
  std::optional<std::string> text(std::string_view name, TextLimits limits);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<bool> flag(std::string_view name);
  // An array of at most `max` elements.
  const boost::json::array* array(std::string_view name, std::size_t max);
  // An object member for a Fields of its own.
  const boost::json::value* object(std::string_view name);
  // The member, whatever it is; null counts as missing.
  const boost::json::value* find(std::string_view name) const;

  bool has(std::string_view name) const { return find(name) != nullptr; }
  void report(std::string_view name, std::string_view type, std::string msg);
  void report_missing(std::string_view name) { report(name, "missing", "Field required"); }
  // Where `name` stands: `loc` with it at the end.
  boost::json::array loc(std::string_view name) const;

  // Text rules of `text`, for elements of arrays; nothing is reported under a name but at `loc`.
  static std::optional<std::string> check_text(const boost::json::value& value, TextLimits limits,
                                               const boost::json::array& loc, std::vector<FieldError>& errors);

 private:
  const boost::json::object* object_ = nullptr;
  boost::json::array loc_;
  std::vector<FieldError>& errors_;
};

}  // namespace mla::http
