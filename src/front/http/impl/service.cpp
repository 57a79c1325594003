#include "front/http/impl/service.h"

#include <algorithm>
#include <random>
#include <span>

#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "foundation/base/parse.h"
#include "foundation/base/random.h"
#include "front/http/impl/errors.h"

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
  exchange.request_id = is_request_id(given) ? std::string(given) : make_request_id();
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

Response with_exceptions_caught(Exchange& exchange, const Next& next) {
  try {
    return next(exchange);
  } catch (const base::Failure& failure) {
    return error_response(failure.error());
  } catch (const std::exception& e) {
    return error_response(base::Error{base::ErrorCode::kInternal, fmt::format("unexpected: {}", e.what())});
  }
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

Response with_media_type_checked(Exchange& exchange, const Next& next) {
  if (!exchange.match.route->takes_json) return next(exchange);
  const std::string_view encoding = exchange.request.header("Content-Encoding");
  if (!encoding.empty() && base::to_lower(encoding) != "identity") {
    return error_response(415, boost::json::value("Content-Encoding is not supported; send the body as it is"));
  }
  if (!is_json(exchange.request.header("Content-Type"))) {
    return error_response(415, boost::json::value("Content-Type must be application/json in UTF-8"));
  }
  return next(exchange);
}

Response call_handler(Exchange& exchange, const Next&) {
  return exchange.match.route->handle({exchange.request, exchange.request_id, exchange.match.parameter});
}

// The one place that says what happens to every request, outermost first. Authentication, rate limits and CORS will
// stand between "refusal" and "route": after errors can be told, before anything is looked up.
constexpr Middleware kMiddleware[] = {
    {{"request id", "first, so that every log line and every answer below carries it"}, with_request_id},
    {{"timing", "outside of all that can fail, so that metrics count errors too"}, with_timing},
    {{"error body", "outside of all that makes errors: one place chooses their format"}, with_error_body},
    {{"exceptions", "what a handler throws ends this request alone"}, with_exceptions_caught},
    {{"refusal", "messages that the connection could not read or queue have no route"}, with_refusal},
    {{"route", "404, 405 and OPTIONS before the body is looked at"}, with_route_checked},
    {{"media type", "415 before the body is parsed"}, with_media_type_checked},
    {{"handler", "the route's own work"}, call_handler},
};

}  // namespace

Response Service::handle(const Request& request) {
  Exchange exchange{request, router_.find(request.method, request.target), {}};
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
