#include "front/http/impl/handlers/monitoring.h"

#include <algorithm>

#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/openapi.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using telemetry::Metrics;

json::object to_object(const engine::Health& health) {
  return {{"status", health.healthy ? "healthy" : "unhealthy"},
          {"timestamp", base::format_time(health.timestamp)},
          {"version", health.version},
          {"models_loaded", to_json(health.models_loaded)},
          {"problems", to_json(health.problems)}};
}

json::object to_object(const Metrics::Sample& sample) {
  json::object labels;
  for (const auto& [name, value] : sample.labels) labels[name] = value;
  const auto declared = std::ranges::find(Metrics::declared(), sample.name, &Metrics::Description::name);
  const bool known = declared != Metrics::declared().end();
  json::object object{{"name", sample.name},
                      {"type", known ? json::value(declared->type) : json::value("gauge")},
                      {"labels", std::move(labels)}};
  if (sample.buckets.empty()) {
    object["value"] = sample.value;
    return object;
  }
  object["count"] = sample.count;
  object["sum"] = sample.value;
  json::array buckets;
  for (const auto& [bound, count] : sample.buckets)  // the last bound is infinite, which JSON writes as null
    buckets.push_back(json::object{{"up_to", bound}, {"count", count}});
  object["buckets"] = std::move(buckets);
  return object;
}

}  // namespace

Response openapi(const Call&) {
  Response response;
  response.body = openapi_json();
  return response;
}

Response live(const Call&) { return json_response(json::object{{"status", "alive"}}); }

Response ready(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  return json_response(
      json::object{{"status", health.ready ? "ready" : "not ready"}, {"problems", to_json(health.problems)}},
      health.ready ? 200 : 503);
}

Response health(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  return json_response(to_object(health), health.healthy ? 200 : 503);
}

Response metrics_text(Metrics& metrics, const Call&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics.text();
  return response;
}

Response monitoring_health(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  json::object object = to_object(health);
  object["ready"] = health.ready;
  object["catalogue"] = nullptr;
  object["jobs_waiting"] = nullptr;
  if (const auto counts = engine.catalog().counts(); counts.ok()) {
    object["catalogue"] = json::object{{"users", counts->users}, {"items", counts->items}, {"events", counts->events}};
  }
  if (const auto waiting = engine.jobs().waiting(); waiting.ok()) object["jobs_waiting"] = *waiting;
  return json_response(object, health.healthy ? 200 : 503);
}

Response monitoring_metrics(Metrics& metrics, const Call&) {
  json::array list;
  for (const Metrics::Sample& sample : metrics.samples()) list.push_back(to_object(sample));
  return json_response(json::object{{"metrics", std::move(list)}});
}

}  // namespace mla::http
