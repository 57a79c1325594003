#include "learning/training/parameters_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::training {
namespace {

std::string text_of(const models::ParameterValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return base::format_number(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return json_text(std::get<std::string>(value));
}

}  // namespace

base::Result<ParameterMap> parse_parameters(std::string_view json) {
  boost::system::error_code failure;
  const boost::json::value parsed = boost::json::parse(json, failure);
  if (failure || !parsed.is_object()) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("parameters '{:.80}' are no JSON object{}; write them as {{\"factors\": 64}}", json,
                                   failure ? fmt::format(" ({})", failure.message()) : "")};
  }
  ParameterMap parameters;
  for (const auto& [name, value] : parsed.get_object()) {
    if (value.is_bool()) {
      parameters[name] = value.get_bool();
    } else if (value.is_number()) {
      parameters[name] = value.to_number<double>();
    } else if (value.is_string()) {
      parameters[name] = std::string(value.get_string());
    } else if (value.is_array()) {
      parameters[name] = boost::json::serialize(value);
    } else {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("parameter '{}' is {}; give a number, true or false, a text or a list",
                                     std::string_view(name), boost::json::serialize(value))};
    }
  }
  return parameters;
}

std::string json_text(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

std::string to_json(const models::Parameters& parameters) {
  std::string json;
  for (const auto& [name, value] : parameters.all()) {
    json += fmt::format("{}{}: {}", json.empty() ? "" : ", ", json_text(name), text_of(value));
  }
  return "{" + json + "}";
}

boost::json::object to_object(const models::Parameters& parameters) {
  boost::json::object object;
  for (const auto& [name, value] : parameters.all()) {
    std::visit([&, key = name](const auto& held) { object[key] = held; }, value);
  }
  return object;
}

}  // namespace mla::training
