#include "front/engine/impl/train_words.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "learning/models/algorithms.h"
#include "learning/training/parameters_json.h"

namespace mla::engine {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

// The value of `key` as a T, or an error that says that it is none.
template <class T>
Result<T> value_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr) {
    const auto read = json::try_value_to<T>(*value);
    if (read.has_value()) return *read;
  }
  return Error{ErrorCode::kInvalidArgument, fmt::format("a training request without a valid '{}'", key)};
}

}  // namespace

std::string absolute_text(const std::filesystem::path& path) {
  return path.empty() ? "" : std::filesystem::absolute(path).lexically_normal().string();
}

Result<training::ParameterMap> check_words(const TrainRequest& request) {
  MLA_ASSIGN(training::ParameterMap parameters, training::parse_parameters(request.parameters_json));
  if (request.update && (!parameters.empty() || request.algorithm == kAuto)) {
    return Error{ErrorCode::kInvalidArgument,
                 "an update keeps what the model has: leave --params and auto out, or train without --update"};
  }
  if (request.algorithm != kAuto) {
    MLA_CHECK(models::make_recommender(request.algorithm, parameters));
  } else if (!parameters.empty()) {
    return Error{ErrorCode::kInvalidArgument, "auto finds the parameters: leave --params out"};
  }
  return parameters;
}

std::string to_json_text(const TrainRequest& request) {
  const training::SelectionOptions& automatic = request.automatic;
  json::object object{{"algorithm", request.algorithm},
                      {"parameters", request.parameters_json},
                      {"data_path", absolute_text(request.data_path)},
                      {"output_path", absolute_text(request.output_path)},
                      {"update", request.update},
                      {"budget_seconds", automatic.seconds},
                      {"budget_bytes", automatic.memory_bytes},
                      {"serving_bytes", automatic.serving.bytes}};
  if (automatic.serving.milliseconds < training::ServingLimit().milliseconds)
    object["serving_ms"] = automatic.serving.milliseconds;
  return base::to_json_text(object);
}

Result<TrainRequest> parse_train_request(std::string_view text) {
  boost::system::error_code failure;
  const json::value value = json::parse(json::string_view(text), failure);
  if (failure || !value.is_object())
    return Error{ErrorCode::kInvalidArgument, fmt::format("no training request: '{}'", text.substr(0, 200))};
  const json::object& object = value.get_object();
  TrainRequest request;
  MLA_ASSIGN(request.algorithm, value_of<std::string>(object, "algorithm"));
  MLA_ASSIGN(request.parameters_json, value_of<std::string>(object, "parameters"));
  MLA_ASSIGN(request.data_path, value_of<std::string>(object, "data_path"));
  MLA_ASSIGN(request.output_path, value_of<std::string>(object, "output_path"));
  MLA_ASSIGN(request.update, value_of<bool>(object, "update"));
  MLA_ASSIGN(request.automatic.seconds, value_of<double>(object, "budget_seconds"));
  MLA_ASSIGN(request.automatic.memory_bytes, value_of<std::int64_t>(object, "budget_bytes"));
  MLA_ASSIGN(request.automatic.serving.bytes, value_of<std::int64_t>(object, "serving_bytes"));
  if (object.contains("serving_ms")) {
    MLA_ASSIGN(request.automatic.serving.milliseconds, value_of<double>(object, "serving_ms"));
  }
  return request;
}

}  // namespace mla::engine
