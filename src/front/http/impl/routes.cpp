#include "front/http/impl/routes.h"

#include <span>

#include "foundation/base/clock.h"
#include "foundation/base/json.h"
#include "front/http/dto.h"
#include "front/http/impl/credentials.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/token_handlers.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using security::Permission;

Response json_response(const json::value& value, int status = 200) {
  Response response;
  response.status = status;
  response.body = base::to_json_text(value);
  return response;
}

// The data of a person that the caller may not touch. Whether that person is known is not said.
Response someone_elses() { return error_response(403, json::value("These are somebody else's data")); }

Response recommendations(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_recommendation_request(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  if (!call.caller.may(Permission::kReadRecommendations, parsed.value.user)) return someone_elses();
  const auto answer = engine.recommend(parsed.value);
  if (answer.ok()) return json_response(to_json(*answer, call.request_id));
  // No model yet: the address is right and will work later, so this is no 404.
  if (answer.error().code == base::ErrorCode::kNotFound)
    return error_response(503, json::value(answer.error().message));
  return error_response(answer.error());
}

Response events(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_events(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  const bool weighs = call.caller.may(Permission::kWeighEvents, {});
  for (const catalog::Event& event : parsed.value) {
    if (!call.caller.may(Permission::kWriteEvents, event.user)) return someone_elses();
    if (event.weight != 1 && !weighs) return forbidden(Permission::kWeighEvents);
  }
  const auto counts = engine.add_events(parsed.value, "api");
  if (!counts.ok()) return error_response(counts.error());
  return json_response(
      json::object{{"added", counts->added}, {"unchanged", counts->unchanged}, {"request_id", call.request_id}});
}

// The item with what this caller may see of it.
json::object shown_to(const security::Caller& caller, const catalog::Item& item) {
  json::object object = to_json(item);
  if (!caller.may(Permission::kReadPaths, {})) object.erase("path");
  return object;
}

Response get_track(engine::Engine& engine, const Call& call) {
  const auto item = engine.track(base::ItemId(call.parameter));
  if (!item.ok()) return error_response(item.error());
  if (!item->has_value()) return error_response(404, json::value("There is no track with this id"));
  return json_response(shown_to(call.caller, **item));
}

Response put_track(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_track(call.request.body, call.parameter);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  const auto counts = engine.put_track(parsed.value);
  if (!counts.ok()) return error_response(counts.error());
  return json_response(shown_to(call.caller, parsed.value), counts->added > 0 ? 201 : 200);
}

json::array texts(std::span<const std::string> lines) { return json::array(lines.begin(), lines.end()); }

Response health(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  return json_response(json::object{{"status", health.healthy ? "healthy" : "unhealthy"},
                                    {"timestamp", base::format_time(health.timestamp)},
                                    {"version", health.version},
                                    {"models_loaded", texts(health.models_loaded)},
                                    {"problems", texts(health.problems)}},
                       health.healthy ? 200 : 503);
}

Response ready(engine::Engine& engine, const Call&) {
  const engine::Health health = engine.health();
  return json_response(
      json::object{{"status", health.ready ? "ready" : "not ready"}, {"problems", texts(health.problems)}},
      health.ready ? 200 : 503);
}

Response live(const Call&) { return json_response(json::object{{"status", "alive"}}); }

Response metrics_text(telemetry::Metrics& metrics, const Call&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics.text();
  return response;
}

// The handler with its first argument bound.
template <class T>
auto with(T& object, Response (*handler)(T&, const Call&)) {
  return [&object, handler](const Call& call) { return handler(object, call); };
}

}  // namespace

std::vector<Route> api_routes(engine::Engine& engine, security::Security& security, telemetry::Metrics& metrics,
                              bool open_metrics) {
  const Access metrics_access = open_metrics ? Access::open() : Access::of(Permission::kReadMetrics);
  return {
      {"POST", "/ml-analytics/recommendations", Access::personal(Permission::kReadRecommendations),
       with(engine, recommendations), BodyType::kJson},
      {"POST", "/ml-analytics/events", Access::personal(Permission::kWriteEvents), with(engine, events),
       BodyType::kJson},
      {"GET", "/ml-analytics/tracks/{id}", Access::of(Permission::kReadTracks), with(engine, get_track)},
      {"PUT", "/ml-analytics/tracks/{id}", Access::of(Permission::kWriteTracks), with(engine, put_track),
       BodyType::kJson, false, "track.put"},
      {"POST", "/ml-analytics/auth/token", Access::open(), with(security, give_token), BodyType::kForm},
      {"POST", "/ml-analytics/auth/revoke", Access::open(), with(security, revoke_token), BodyType::kForm},
      {"GET", "/health", Access::open(), with(engine, health), BodyType::kAny, false, "", Counted::kNo},
      {"GET", "/health/live", Access::open(), live, BodyType::kAny, true, "", Counted::kNo},
      {"GET", "/health/ready", Access::open(), with(engine, ready), BodyType::kAny, false, "", Counted::kNo},
      {"GET", "/metrics", metrics_access, with(metrics, metrics_text), BodyType::kAny, false, "", Counted::kNo},
  };
}

std::vector<Route> metrics_routes(telemetry::Metrics& metrics, bool open_metrics) {
  return {{"GET", "/metrics", open_metrics ? Access::open() : Access::of(Permission::kReadMetrics),
           with(metrics, metrics_text), BodyType::kAny, false, "", Counted::kNo}};
}

}  // namespace mla::http
