#include "front/http/impl/handlers/models.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/fields.h"
#include "learning/models/algorithms.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using base::ErrorCode;
using base::Result;
using registry::Entry;

json::value member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? json::value() : *value;
}

json::object version_of(const Entry& entry, bool with_manifest) {
  json::object object = {{"version", entry.published.version},
                         {"alias", entry.alias.empty() ? json::value() : json::value(entry.alias)},
                         {"created", member(entry.manifest, "created")},
                         {"bytes", entry.bytes},
                         {"model_type", member(entry.manifest, "model_type")},
                         {"metrics", member(entry.manifest, "metrics")},
                         {"problem", entry.problem.empty() ? json::value() : json::value(entry.problem)}};
  if (with_manifest) object["parameters"] = member(entry.manifest, "parameters");
  return object;
}

Result<json::object> model_of(const engine::Engine& engine, const std::string& id, bool with_manifest) {
  MLA_ASSIGN(const std::vector<Entry> entries, engine.models().entries(id));
  json::array versions;
  for (const Entry& entry : entries) versions.push_back(version_of(entry, with_manifest));
  return json::object{{"id", id}, {"versions", std::move(versions)}};
}

// Whether there is a version of it: asked before the id becomes a part of a path.
Result<bool> is_published(const engine::Engine& engine, const std::string& id) {
  MLA_ASSIGN(const std::vector<std::string> ids, engine.models().ids());
  return std::ranges::find(ids, id) != ids.end();
}

// The answer where there is no such model; nothing if there is one.
std::optional<Response> unless_published(const engine::Engine& engine, const std::string& id) {
  const auto known = is_published(engine, id);
  if (!known.ok()) return error_response(known.error());
  if (*known) return std::nullopt;
  return not_there("There is no model of this name");
}

struct Promotion {
  std::optional<std::int64_t> version;
  bool force = false;
};

// A body may be left out.
Parsed<Promotion> parse_promotion(std::string_view body) {
  Parsed<Promotion> parsed;
  if (body.empty()) return parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  parsed.value.version = fields.integer("version", 1, 1'000'000'000);
  parsed.value.force = fields.flag("force").value_or(false);
  return parsed;
}

Parsed<engine::TrainRequest> parse_training(std::string_view body, const std::string& algorithm) {
  Parsed<engine::TrainRequest> parsed;
  parsed.value.algorithm = algorithm;
  if (body.empty()) return parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (const json::value* parameters = fields.object("parameters"))
    parsed.value.parameters_json = base::to_json_text(*parameters);
  parsed.value.update = fields.flag("update").value_or(false);
  if (fields.flag("automatic").value_or(false)) {
    parsed.value.algorithm = "auto";
    if (algorithm != "hybrid") fields.report("automatic", "value_error", "What is chosen is published as hybrid");
  }
  return parsed;
}

Response queued(const Result<jobs::Job>& job) {
  return job.ok() ? accepted(to_json(*job), job->id) : error_response(job.error());
}

}  // namespace

Response list_models(engine::Engine& engine, const Call&) {
  const auto ids = engine.models().ids();
  if (!ids.ok()) return error_response(ids.error());
  json::array list;
  for (const std::string& id : *ids) {
    auto model = model_of(engine, id, false);
    if (model.ok()) {
      list.push_back(*std::move(model));
    } else if (model.error().code != ErrorCode::kNotFound) {  // removed meanwhile
      return error_response(model.error());
    }
  }
  return json_response(json::object{{"models", std::move(list)}});
}

Response models_status(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  return json_response(json::object{{"ready", health.ready},
                                    {"models_loaded", to_json(health.models_loaded)},
                                    {"problems", to_json(health.problems)}});
}

Response get_model(engine::Engine& engine, const Call& call) {
  if (auto missing = unless_published(engine, call.parameter)) return *std::move(missing);
  auto model = model_of(engine, call.parameter, true);
  return model.ok() ? json_response(*std::move(model)) : error_response(model.error());
}

Response train_model(engine::Engine& engine, const Idempotency& idempotency, const Call& call) {
  if (!models::find_algorithm(call.parameter).ok()) return not_there("There is no algorithm of this name");
  const auto parsed = parse_training(call.request.body, call.parameter);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  return idempotency.once(call, "train " + call.parameter, [&] { return queued(engine.submit(parsed.value)); });
}

Response promote_model(engine::Engine& engine, const Idempotency& idempotency, const Call& call) {
  if (auto missing = unless_published(engine, call.parameter)) return *std::move(missing);
  const auto parsed = parse_promotion(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  const Promotion& wanted = parsed.value;
  const std::string name =
      wanted.version ? fmt::format("{}/{}", call.parameter, *wanted.version) : call.parameter + "/challenger";
  return idempotency.once(call, "promote " + call.parameter,
                          [&] { return queued(engine.submit_promotion(name, wanted.force)); });
}

Response rollback_model(engine::Engine& engine, const Call& call) {
  if (auto missing = unless_published(engine, call.parameter)) return *std::move(missing);
  const auto champion = engine.models().rollback(call.parameter, engine.try_out());
  if (champion.ok())
    return json_response(
        json::object{{"model", fmt::format("{}/{}", champion->id, champion->version)}, {"alias", "champion"}});
  const bool none = champion.error().code == ErrorCode::kNotFound;
  return none ? error_response(409, json::value(champion.error().message)) : error_response(champion.error());
}

}  // namespace mla::http
