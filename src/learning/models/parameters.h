#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/result.h"

namespace mla::models {

using ParameterValue = std::variant<double, bool, std::string>;

// One parameter that an algorithm declares. Numbers lie in [min, max]; strings are one of `choices`, or with `list`
// some of them, each once, with commas between.
struct ParameterSpec {
  std::string name;
  ParameterValue fallback;
  double min = 0;
  double max = 0;
  std::string help;
  std::vector<std::string> choices = {};
  bool integer = false;
  bool list = false;
};

// The pieces of "a,b,c"; one empty piece for an empty text.
std::vector<std::string> split_names(std::string_view names);

// Values by name, checked against a schema: what is not given has its fallback.
class Parameters {
 public:
  // kInvalidArgument names the parameter, the value, what is allowed, and the nearest declared name.
  static base::Result<Parameters> make(std::span<const ParameterSpec> schema,
                                       const std::map<std::string, ParameterValue>& given);

  // REQUIRES: `name` is in the schema with that type.
  double number(std::string_view name) const;
  int integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  const std::string& text(std::string_view name) const;

  const std::map<std::string, ParameterValue, std::less<>>& all() const { return values_; }

 private:
  const ParameterValue& at(std::string_view name) const;

  std::map<std::string, ParameterValue, std::less<>> values_;
};

}  // namespace mla::models
