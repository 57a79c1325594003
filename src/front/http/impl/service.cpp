#include "front/http/impl/service.h"

#include <algorithm>
#include <random>
#include <span>

#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "foundation/base/parse.h"
#include "foundation/base/random.h"
#include "front/http/impl/credentials.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/negotiation.h"
#include "front/http/impl/query.h"
#include "front/http/impl/rate_headers.h"
#include "front/http/impl/representation.h"

namespace mla::http {
namespace {

// The rest of the list, from one place on.
class Next;
struct Middleware {
  Service::Description description;
  Response (*run)(Exchange& exchange, const Next& next);
};

class Next {
 public:
  explicit Next(std::span<const Middleware> rest) : rest_(rest) {}
  // Once at most, and never from the last of the list.
  Response operator()(Exchange& exchange) const { return rest_.front().run(exchange, Next(rest_.subspan(1))); }

 private:
  std::span<const Middleware> rest_;
};

// Ids of callers go into logs and headers: only what needs no escaping anywhere.
bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string make_request_id() {
  thread_local base::Random random((std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}());
  return fmt::format("{:016x}{:016x}", random.next(), random.next());
}

Response with_request_id(Exchange& exchange, const Next& next) {
  const std::string_view given = exchange.request.header("X-Request-ID");
  // Who is traced finds the trace in the log: without an id of its own, that is the request's.
  if (is_request_id(given)) {
    exchange.request_id = given;
  } else if (exchange.request_id = trace_id_of(exchange.request.header("traceparent")); exchange.request_id.empty()) {
    exchange.request_id = make_request_id();
  }
  const base::log::RequestScope scope(exchange.request_id);
  Response response = next(exchange);
  response.headers.emplace_back("X-Request-ID", exchange.request_id);
  return response;
}

Response with_timing(Exchange& exchange, const Next& next) {
  const double begin = base::monotonic_seconds();
  Response response = next(exchange);
  const double seconds = base::monotonic_seconds() - begin;
  response.headers.emplace_back("X-Process-Time", fmt::format("{:.6f}", seconds));
  if (!exchange.request.verdict->answer()) return response;  // the connection has answered, and that was counted
  exchange.match.series->record(response.status, seconds);
  using base::log::Level;
  const Level level = response.status >= 500 ? Level::kWarning : Level::kDebug;
  base::log::write(level, "http", "answered",
                   {{"method", exchange.request.method},
                    {"target", exchange.request.target},
                    {"status", response.status},
                    {"seconds", seconds}});
  return response;
}

Response with_error_body(Exchange& exchange, const Next& next) {
  Response response = next(exchange);
  render_error(exchange.request, exchange.request_id, response);
  return response;
}

// A browser must neither guess what an answer is, nor show it in a frame, nor keep it; a handler that knows better says
// so itself.
Response with_browser_headers(Exchange& exchange, const Next& next) {
  Response response = next(exchange);
  const auto unless_said = [&](std::string_view name, std::string_view value) {
    const auto said = [&](const auto& header) { return header.first == name; };
    if (std::ranges::none_of(response.headers, said)) response.headers.emplace_back(name, value);
  };
  const ServiceOptions& options = exchange.surroundings.options;
  unless_said("X-Content-Type-Options", "nosniff");
  unless_said("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  unless_said("Referrer-Policy", "no-referrer");
  unless_said("Cache-Control", "no-store");
  if (options.tls) unless_said("Strict-Transport-Security", "max-age=31536000");
  options.cors.add_headers(exchange.request, response);
  return response;
}

Response with_preflight(Exchange& exchange, const Next& next) {
  const Cors& cors = exchange.surroundings.options.cors;
  const bool asked = Cors::is_preflight(exchange.request) && cors.allows(exchange.request);
  return asked && !exchange.match.allow.empty() ? cors.preflight(exchange.match.allow) : next(exchange);
}

Response with_exceptions_caught(Exchange& exchange, const Next& next) {
  try {
    return next(exchange);
  } catch (const base::Failure& failure) {
    return error_response(failure.error());
  } catch (const std::exception& e) {
    return error_response(base::Error{base::ErrorCode::kInternal, fmt::format("unexpected: {}", e.what())});
  }
}

Response with_representation(Exchange& exchange, const Next& next) {
  const Request& request = exchange.request;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  std::vector<FieldError> errors;
  std::optional<std::string> fields;
  if (reads && request.target.find("fields=") != std::string::npos) {
    fields = Query(request.target, errors).text("fields", {1, 1024});
    if (!errors.empty()) return validation_response(errors);
  }
  Response response = next(exchange);
  if (response.more) return response;
  if (reads && response.status == 200) {
    if (fields && response.content_type == "application/json") keep_fields(*fields, response);
    if (!exchange.match.route->access.is_open()) revalidate(request, response);
  }
  pack(request, response);
  return response;
}

Response with_refusal(Exchange& exchange, const Next& next) {
  const auto& refusal = exchange.request.refusal;
  return refusal ? error_response(refusal->status, boost::json::value(refusal->detail)) : next(exchange);
}

Response with_route_checked(Exchange& exchange, const Next& next) {
  const Router::Match& match = exchange.match;
  if (!match.bad_target.empty()) return error_response(400, boost::json::value(match.bad_target));
  if (match.route != nullptr) return next(exchange);
  if (match.allow.empty()) return error_response(404, boost::json::value("Not Found"));
  Response response;
  if (exchange.request.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = error_response(405, boost::json::value("Method Not Allowed"));
  }
  response.headers.emplace_back("Allow", match.allow);
  return response;
}

// A missing type counts as JSON, as with FastAPI.
bool is_json(std::string_view content_type) {
  const std::string type = base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
  if (!type.empty() && type != "application/json" && !(type.starts_with("application/") && type.ends_with("+json"))) {
    return false;
  }
  const std::string lower = base::to_lower(content_type);
  const std::size_t charset = lower.find("charset=");
  return charset == std::string::npos || lower.find("utf-8", charset) != std::string::npos;
}

bool is_type(std::string_view content_type, std::string_view wanted) {
  return base::to_lower(base::trim(content_type.substr(0, content_type.find(';')))) == wanted;
}

// Finds out who calls and refuses nobody yet: it is said here whose limit the request counts for.
Response with_caller(Exchange& exchange, const Next& next) {
  static const auto nobody = std::make_shared<const security::Caller>();
  exchange.client = client_address(exchange.request, exchange.surroundings.options.trust);
  exchange.caller = nobody;
  if (exchange.match.route == nullptr || exchange.match.route->access.is_open()) return next(exchange);
  const Credential given = credential_of(exchange.request);
  if (given.ambiguous) {
    exchange.unknown = challenge(400, "invalid_request", "Give one token or API key, once");
  } else if (given.text.empty()) {
    exchange.unknown = challenge(401, "", "Not authenticated");
  } else if (auto caller = exchange.surroundings.security.authenticator().authenticate(given.text); caller.ok()) {
    exchange.caller = *std::move(caller);
  } else if (caller.error().code == base::ErrorCode::kPermission) {
    exchange.unknown = challenge(401, "invalid_token", caller.error().message);
  } else {
    exchange.unknown = error_response(caller.error());
  }
  return next(exchange);
}

Response with_rate_limit(Exchange& exchange, const Next& next) {
  const Route* route = exchange.match.route;
  if (route != nullptr && route->counted == Counted::kNo) return next(exchange);
  const Surroundings& around = exchange.surroundings;
  security::CallLimits& limits = around.security.limits();
  const bool known = !exchange.caller->id.empty();
  const security::RateDecision decision =
      known ? limits.request_of(exchange.caller->id) : limits.request_from(exchange.client);
  if (!decision.allowed) (known ? around.limited_principal : around.limited_address).add();
  Response response = decision.allowed ? next(exchange) : too_many_requests(decision, "requests");
  // The only limit behind this one is that of logins.
  if (decision.allowed && response.status == 429) around.limited_login.add();
  add_rate_headers(response, around.rate_policy, decision);
  return response;
}

Response with_identity(Exchange& exchange, const Next& next) {
  return exchange.unknown ? *std::move(exchange.unknown) : next(exchange);
}

Response with_permission(Exchange& exchange, const Next& next) {
  const Access& access = exchange.match.route->access;
  return access.admits(*exchange.caller) ? next(exchange) : forbidden(access.permission());
}

Response with_media_type_checked(Exchange& exchange, const Next& next) {
  const BodyType body = exchange.match.route->body;
  if (body == BodyType::kAny) return next(exchange);
  const std::string_view encoding = exchange.request.header("Content-Encoding");
  if (!encoding.empty() && base::to_lower(encoding) != "identity") {
    return error_response(415, boost::json::value("Content-Encoding is not supported; send the body as it is"));
  }
  const std::string_view type = exchange.request.header("Content-Type");
  if (body == BodyType::kJson && !is_json(type)) {
    return error_response(415, boost::json::value("Content-Type must be application/json in UTF-8"));
  }
  if (body == BodyType::kForm && !is_type(type, "application/x-www-form-urlencoded")) {
    return error_response(415, boost::json::value("Content-Type must be application/x-www-form-urlencoded"));
  }
  if (body == BodyType::kMultipart && !is_type(type, "multipart/form-data")) {
    return error_response(415, boost::json::value("Content-Type must be multipart/form-data"));
  }
  if (body == BodyType::kNdjson && !is_type(type, "application/x-ndjson")) {
    return error_response(415, boost::json::value("Content-Type must be application/x-ndjson, a JSON object a line"));
  }
  return next(exchange);
}

Response with_accept_checked(Exchange& exchange, const Next& next) {
  const std::string_view accept = exchange.request.header("Accept");
  const std::string_view answers = exchange.match.route->answers;
  if (answers.empty() || accept_quality(accept, answers) > 0 || accept_quality(accept, "application/problem+json") > 0)
    return next(exchange);
  return error_response(406, boost::json::value(fmt::format("This is answered as {}", answers)));
}

Response with_audit(Exchange& exchange, const Next& next) {
  Response response = next(exchange);
  const std::string_view change = exchange.match.route->change;
  if (change.empty() || response.status >= 300) return response;
  const security::Actor actor{exchange.caller->name, exchange.request_id};
  if (const auto added = exchange.surroundings.security.audit().add(actor, change, exchange.match.parameter);
      !added.ok()) {
    // It has happened: the answer says so, and the log of the program keeps what the audit log could not.
    base::log::error("security", "the audit log could not be written",
                     {{"who", actor.name},
                      {"what", change},
                      {"subject", exchange.match.parameter},
                      {"reason", added.error().message}});
  }
  return response;
}

Response call_handler(Exchange& exchange, const Next&) {
  return exchange.match.route->handle(
      {exchange.request, exchange.request_id, exchange.match.parameter, *exchange.caller, exchange.client});
}

// The one place that says what happens to every request, outermost first.
constexpr Middleware kMiddleware[] = {
    {{"request id", "first, so that every log line and every answer below carries it"}, with_request_id},
    {{"timing", "outside of all that can fail, so that metrics count errors too"}, with_timing},
    {{"browser headers", "on every answer, errors too: what browsers may do with it, and pages of which origins"},
     with_browser_headers},
    {{"error body", "outside of all that makes errors: one place chooses their format"}, with_error_body},
    {{"exceptions", "what a handler throws ends this request alone"}, with_exceptions_caught},
    {{"representation", "outside of the handler alone: what goes out is cut to fields, known already, or packed"},
     with_representation},
    {{"refusal", "messages that the connection could not read or queue have no route"}, with_refusal},
    {{"preflight", "what a browser asks by itself before a page's request; not counted, since the request is"},
     with_preflight},
    {{"caller", "whose token or key it is, where the route's row asks for one: whose limit it counts for"},
     with_caller},
    {{"rate limit", "429 before anything is done, and for who asks in vain, too"}, with_rate_limit},
    {{"route", "404, 405 and OPTIONS before the body is looked at"}, with_route_checked},
    {{"identity", "401 where the route's row asks for a caller and there is none"}, with_identity},
    {{"permission", "the row again: 403 before the body is looked at"}, with_permission},
    {{"media type", "415 before the body is parsed"}, with_media_type_checked},
    {{"accept", "406 before anything is done that the client could not read"}, with_accept_checked},
    {{"audit", "next to the handler: only what has really been done is a change"}, with_audit},
    {{"handler", "the route's own work"}, call_handler},
};

}  // namespace

Service::Service(std::vector<Route> routes, telemetry::Metrics& metrics, security::Security& security,
                 ServiceOptions options)
    : router_(std::move(routes), metrics),
      surroundings_{security,
                    std::move(options),
                    rate_policy(security.limits().requests()),
                    metrics.counter(telemetry::kRateLimited, {{"limit", "principal"}}),
                    metrics.counter(telemetry::kRateLimited, {{"limit", "address"}}),
                    metrics.counter(telemetry::kRateLimited, {{"limit", "login"}})} {}

Response Service::handle(const Request& request) {
  Exchange exchange{request, router_.find(request.method, request.target), surroundings_, {}, {}, nullptr, {}};
  return Next(kMiddleware)(exchange);
}

bool Service::is_light(const Request& request) const {
  const Router::Match match = router_.find(request.method, request.target);
  return match.route != nullptr && match.route->light;
}

std::vector<Service::Description> Service::middleware() {
  std::vector<Description> list;
  for (const Middleware& middleware : kMiddleware) list.push_back(middleware.description);
  return list;
}

}  // namespace mla::http
