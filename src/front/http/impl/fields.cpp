#include "front/http/impl/fields.h"

#include <algorithm>
#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxErrors = 50;  // enough to help, too few to fill an answer with

void add_error(std::vector<FieldError>& errors, json::array loc, std::string_view type, std::string msg) {
  if (errors.size() < kMaxErrors) errors.push_back({std::move(loc), std::move(msg), std::string(type)});
}

std::optional<double> as_number(const json::value& value) {
  if (const auto* number = value.if_double()) return *number;
  if (const auto* number = value.if_int64()) return static_cast<double>(*number);
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

struct Fault {
  std::string_view type;
  std::string msg;
};

// What is wrong with it as a text.
std::optional<Fault> fault_of(const json::value& value, Fields::TextLimits limits) {
  const json::string* text = value.if_string();
  if (text == nullptr) return Fault{"string_type", "Input should be a valid string"};
  if (text->size() < limits.min) {
    return Fault{"string_too_short", fmt::format("String should have at least {} byte", limits.min)};
  }
  if (text->size() > limits.max) {
    return Fault{"string_too_long", fmt::format("String should have at most {} bytes", limits.max)};
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(*text, is_control)) {
    return Fault{"string_control_character", "String should have no control characters"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<json::value> parse_json(std::string_view body, std::vector<FieldError>& errors) {
  if (base::trim(body).empty()) {
    add_error(errors, {"body"}, "missing", "Field required");
    return std::nullopt;
  }
  json::stream_parser parser;
  json::error_code error;
  std::size_t read = parser.write_some(body, error);
  if (!error && read < body.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) {
    add_error(errors, {"body", read}, "json_invalid", fmt::format("JSON decode error: {}", error.message()));
    return std::nullopt;
  }
  return parser.release();
}

Fields::Fields(const json::value& value, json::array loc, std::vector<FieldError>& errors)
    : object_(value.if_object()), loc_(std::move(loc)), errors_(errors) {
  if (object_ == nullptr) add_error(errors_, loc_, "dict_type", "Input should be a valid object");
}

json::array Fields::loc(std::string_view name) const {
  json::array place = loc_;
  place.emplace_back(name);
  return place;
}

void Fields::report(std::string_view name, std::string_view type, std::string msg) {
  add_error(errors_, loc(name), type, std::move(msg));
}

const json::value* Fields::find(std::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const json::value* value = object_->if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> Fields::check_text(const json::value& value, TextLimits limits, const json::array& loc,
                                              std::vector<FieldError>& errors) {
  if (auto fault = fault_of(value, limits)) {
    add_error(errors, loc, fault->type, std::move(fault->msg));
    return std::nullopt;
  }
  return std::string(value.get_string());
}

std::optional<std::string> Fields::text(std::string_view name, TextLimits limits) {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (auto fault = fault_of(*value, limits)) {
    report(name, fault->type, std::move(fault->msg));
    return std::nullopt;
  }
  return std::string(value->get_string());
}

std::optional<double> Fields::number(std::string_view name, double min, double max) {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = as_number(*value);
  if (!number) {
    report(name, "float_type", "Input should be a valid number");
  } else if (!(*number >= min)) {
    report(name, "greater_than_equal", "Input should be greater than or equal to " + base::format_number(min));
  } else if (!(*number <= max)) {
    report(name, "less_than_equal", "Input should be less than or equal to " + base::format_number(max));
  } else {
    return number;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto as_double = as_number(*value);
  if (!as_double || *as_double != std::floor(*as_double)) {
    report(name, "int_type", "Input should be a valid integer");
    return std::nullopt;
  }
  const auto checked = number(name, static_cast<double>(min), static_cast<double>(max));
  return checked ? std::optional(static_cast<std::int64_t>(*checked)) : std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view name) {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const bool* flag = value->if_bool()) return *flag;
  report(name, "bool_type", "Input should be a valid boolean");
  return std::nullopt;
}

const json::array* Fields::array(std::string_view name, std::size_t max) {
  const json::value* value = find(name);
  if (value == nullptr) return nullptr;
  const json::array* array = value->if_array();
  if (array == nullptr) {
    report(name, "list_type", "Input should be a valid list");
  } else if (array->size() > max) {
    report(name, "too_long", fmt::format("List should have at most {} items, not {}", max, array->size()));
    return nullptr;
  }
  return array;
}

const json::value* Fields::object(std::string_view name) {
  const json::value* value = find(name);
  if (value == nullptr || value->is_object()) return value;
  report(name, "dict_type", "Input should be a valid object");
  return nullptr;
}

}  // namespace mla::http
