#include "front/http/impl/query.h"

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/form.h"

namespace mla::http {

namespace json = boost::json;

Query::Query(std::string_view target, std::vector<FieldError>& errors) : errors_(errors) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return;
  const std::string_view text = target.substr(mark + 1);
  auto values = parse_form(text.substr(0, text.find('#')), "The query");
  if (values.ok()) {
    values_ = *std::move(values);
  } else {
    errors_.push_back({{"query"}, values.error().message, "value_error"});
  }
}

const std::string* Query::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void Query::report(std::string_view name, std::string_view type, std::string msg) {
  errors_.push_back({{"query", json::string(name)}, std::move(msg), std::string(type)});
}

std::optional<std::string> Query::text(std::string_view name, Fields::TextLimits limits) {
  const std::string* value = find(name);
  if (value == nullptr) return std::nullopt;
  return Fields::check_text(json::string(*value), limits, {"query", json::string(name)}, errors_);
}

std::optional<std::int64_t> Query::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const std::string* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = base::parse_integer(*value);
  if (!number) {
    report(name, "int_parsing", "Input should be a valid integer");
  } else if (*number < min) {
    report(name, "greater_than_equal", fmt::format("Input should be greater than or equal to {}", min));
  } else if (*number > max) {
    report(name, "less_than_equal", fmt::format("Input should be less than or equal to {}", max));
  } else {
    return number;
  }
  return std::nullopt;
}

std::optional<bool> Query::flag(std::string_view name) {
  const std::string* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  report(name, "bool_parsing", "Input should be true or false");
  return std::nullopt;
}

std::size_t Query::limit(std::int64_t otherwise, std::int64_t max) {
  return static_cast<std::size_t>(integer("limit", 1, max).value_or(otherwise));
}

std::string Query::cursor() {
  const std::string* value = find("cursor");
  if (value == nullptr) return "";
  auto place = decode_cursor(*value);
  if (place.ok()) return *std::move(place);
  report("cursor", "value_error", place.error().message);
  return "";
}

}  // namespace mla::http
