#include "foundation/config/impl/field.h"

#include <algorithm>
#include <optional>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"

namespace mla::config {
namespace {

using Scalar = Entry::Scalar;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// How a wrong value is shown: in one line, and secrets never.
std::string shown(const Key& key, std::string_view text) {
  if (key.secret) return "***";
  std::string start(text.substr(0, 100));
  while (!base::is_utf8(start)) start.pop_back();  // the cut may have split a letter
  std::ranges::replace_if(start, is_control, ' ');
  return start;
}

std::string with_article(std::string_view type) {
  if (type == "text" || type == "true or false") return std::string(type);
  return fmt::format("a {}", type);
}

base::Error wrong(const Key& key, const Scalar& value, std::string_view hint = {}) {
  return {base::ErrorCode::kInvalidArgument, fmt::format("'{}' must be {}, not '{}'{}", key.name,
                                                         with_article(type_name(key)), shown(key, value.text), hint)};
}

base::Status check_range(const Key& key, double number) {
  if (number >= key.min && number <= key.max) return {};
  return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' is {}, which is outside {}", key.name,
                                                                    base::format_number(number), range_text(key))};
}

base::Status read(const Key& key, const Scalar& value, int& out) {
  const auto number = value.quoted ? std::nullopt : base::parse_integer(value.text);
  if (!number) return wrong(key, value, value.quoted ? "; write it without quotes" : "");
  MLA_CHECK(check_range(key, static_cast<double>(*number)));
  out = static_cast<int>(*number);
  return {};
}

base::Status read(const Key& key, const Scalar& value, double& out) {
  const auto number = value.quoted ? std::nullopt : base::parse_double(value.text);
  if (!number) return wrong(key, value, value.quoted ? "; write it without quotes" : "");
  MLA_CHECK(check_range(key, *number));
  out = *number;
  return {};
}

base::Status read(const Key& key, const Scalar& value, bool& out) {
  if (value.quoted || (value.text != "true" && value.text != "false")) return wrong(key, value);
  out = value.text == "true";
  return {};
}

base::Status read(const Key& key, const Scalar& value, std::string& out) {
  if (value.text.size() > 4096 || std::ranges::any_of(value.text, is_control)) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' must be at most 4096 bytes without control characters", key.name)};
  }
  if (!key.choices.empty() && std::ranges::find(key.choices, value.text) == key.choices.end()) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' must be {}, not '{}'", key.name, range_text(key), shown(key, value.text))};
  }
  out = value.text;
  return {};
}

template <class T>
base::Status read_list(const Key& key, const std::vector<Scalar>& values, std::vector<T>& out) {
  std::vector<T> list(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) MLA_CHECK(read(key, values[i], list[i]));
  out = std::move(list);
  return {};
}

base::Status set_values(const Key& key, Settings& settings, const std::vector<Scalar>& values, bool list) {
  return std::visit(
      [&](auto* field) -> base::Status {
        using T = std::remove_pointer_t<decltype(field)>;
        if constexpr (std::is_same_v<T, std::vector<int>> || std::is_same_v<T, std::vector<std::string>>) {
          if (!list) return wrong(key, values.at(0), fmt::format("; write [{}]", shown(key, values.at(0).text)));
          return read_list(key, values, *field);
        } else {
          if (list) return wrong(key, {"[…]", false});
          return read(key, values.at(0), *field);
        }
      },
      key.field(settings));
}

// "a, b" or ["a", "b"]; the quoting of JSON is undone without escapes, which origins, extensions and numbers lack.
std::vector<Scalar> split_list(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<Scalar> values;
  while (!base::trim(text).empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = base::trim(text.substr(0, comma));
    if (part.size() >= 2 && (part.front() == '"' || part.front() == '\'') && part.back() == part.front()) {
      part = part.substr(1, part.size() - 2);
    }
    values.push_back({std::string(part), false});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return values;
}

std::optional<bool> parse_truth(std::string_view text) {
  const std::string lower = base::to_lower(text);
  for (const std::string_view word : {"true", "1", "yes", "on"}) {
    if (lower == word) return true;
  }
  for (const std::string_view word : {"false", "0", "no", "off"}) {
    if (lower == word) return false;
  }
  return std::nullopt;
}

}  // namespace

base::Status set_field(const Key& key, Settings& settings, const Entry& entry) {
  if (entry.null) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' has no value; give one, or delete the line for the default", key.name)};
  }
  return set_values(key, settings, entry.values, entry.list);
}

base::Status set_field(const Key& key, Settings& settings, std::string_view text) {
  if (!base::is_utf8(text)) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' is not UTF-8 text", key.name)};
  }
  const FieldRef field = key.field(settings);
  const bool list =
      std::holds_alternative<std::vector<int>*>(field) || std::holds_alternative<std::vector<std::string>*>(field);
  if (list) return set_values(key, settings, split_list(text), true);
  std::string value(text);
  if (std::holds_alternative<bool*>(field)) {
    if (const auto truth = parse_truth(value)) value = *truth ? "true" : "false";
  }
  // Names of levels and the like are written in capitals in environments: LOG_LEVEL=INFO.
  for (const std::string_view choice : key.choices) {
    if (base::to_lower(choice) == base::to_lower(value)) value = choice;
  }
  return set_values(key, settings, {{value, false}}, false);
}

std::string format_field(const FieldRef& field) {
  return std::visit(
      [](const auto* value) -> std::string {
        using T = std::remove_cvref_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, double>) {
          return base::format_number(*value);
        } else if constexpr (std::is_same_v<T, std::vector<int>> || std::is_same_v<T, std::vector<std::string>>) {
          return fmt::format("[{}]", fmt::join(*value, ", "));
        } else {
          return fmt::format("{}", *value);
        }
      },
      field);
}

}  // namespace mla::config
