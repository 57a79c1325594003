#include "learning/models/parameters.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"

namespace mla::models {
namespace {

std::string describe(const ParameterValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return base::format_number(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return fmt::format("'{}'", std::get<std::string>(value));
}

std::string allowed(const ParameterSpec& spec) {
  if (std::holds_alternative<bool>(spec.fallback)) return "true or false";
  if (std::holds_alternative<std::string>(spec.fallback)) {
    return fmt::format("{} {}", spec.list ? "names, each once and with commas between, of" : "one of",
                       fmt::join(spec.choices, ", "));
  }
  return fmt::format("{} from {} to {}", spec.integer ? "a whole number" : "a number", base::format_number(spec.min),
                     base::format_number(spec.max));
}

bool fits(const ParameterSpec& spec, const ParameterValue& value) {
  if (value.index() != spec.fallback.index()) return false;
  if (const auto* number = std::get_if<double>(&value)) {
    if (!(*number >= spec.min && *number <= spec.max)) return false;  // refuses NaN too
    return !spec.integer || *number == std::floor(*number);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    const auto known = [&](const std::string& name) {
      return std::find(spec.choices.begin(), spec.choices.end(), name) != spec.choices.end();
    };
    if (!spec.list) return known(*text);
    const std::vector<std::string> names = split_names(*text);
    return std::all_of(names.begin(), names.end(), known) &&
           std::set<std::string>(names.begin(), names.end()).size() == names.size();
  }
  return true;
}

}  // namespace

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> pieces;
  for (;;) {
    const std::size_t comma = names.find(',');
    pieces.emplace_back(names.substr(0, comma));
    if (comma == std::string_view::npos) return pieces;
    names.remove_prefix(comma + 1);
  }
}

base::Result<Parameters> Parameters::make(std::span<const ParameterSpec> schema,
                                          const std::map<std::string, ParameterValue>& given) {
  Parameters result;
  for (const ParameterSpec& spec : schema) result.values_.emplace(spec.name, spec.fallback);
  for (const auto& [name, value] : given) {
    const auto spec =
        std::find_if(schema.begin(), schema.end(), [&](const ParameterSpec& s) { return s.name == name; });
    if (spec == schema.end()) {
      std::vector<std::string> names;
      for (const ParameterSpec& known : schema) names.push_back(known.name);
      const auto near = base::nearest_name(name, names);
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("unknown parameter '{}'{}; known are: {}", name,
                                     near ? fmt::format(" (did you mean '{}'?)", *near) : "", fmt::join(names, ", "))};
    }
    if (!fits(*spec, value)) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("parameter '{}' is {}; give {}", name, describe(value), allowed(*spec))};
    }
    result.values_[name] = value;
  }
  return result;
}

double Parameters::number(std::string_view name) const { return std::get<double>(at(name)); }

int Parameters::integer(std::string_view name) const { return static_cast<int>(number(name)); }

bool Parameters::flag(std::string_view name) const { return std::get<bool>(at(name)); }

const std::string& Parameters::text(std::string_view name) const { return std::get<std::string>(at(name)); }

const ParameterValue& Parameters::at(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end());
  return found->second;
}

}  // namespace mla::models
