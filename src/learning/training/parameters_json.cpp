#include "learning/training/parameters_json.h"

#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace mla::training {
namespace {

// Texts with commas between; any other list as its JSON.
std::string text_of(const boost::json::array& list) {
  std::string text;
  for (const boost::json::value& value : list) {
    if (!value.is_string()) return boost::json::serialize(list);
    if (!text.empty()) text += ',';
    text += value.get_string();
  }
  return text;
}

template <class Map>
boost::json::object object_of(const Map& parameters) {
  boost::json::object object;
  for (const auto& [name, value] : parameters) {
    const auto* number = std::get_if<double>(&value);
    if (number != nullptr && *number == std::floor(*number) && std::abs(*number) < 1e15) {
      object[name] = static_cast<std::int64_t>(*number);
    } else {
      std::visit([&, key = name](const auto& held) { object[key] = held; }, value);
    }
  }
  return object;
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
      parameters[name] = text_of(value.get_array());
    } else {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("parameter '{}' is {}; give a number, true or false, a text or a list",
                                     std::string_view(name), boost::json::serialize(value))};
    }
  }
  return parameters;
}

boost::json::object to_object(const models::Parameters& parameters) { return object_of(parameters.all()); }

boost::json::object to_object(const ParameterMap& parameters) { return object_of(parameters); }

}  // namespace mla::training
