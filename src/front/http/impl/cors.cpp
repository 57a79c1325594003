#include "front/http/impl/cors.h"

#include <algorithm>

namespace mla::http {
namespace {

constexpr std::string_view kEverybody = "*";
constexpr std::string_view kRequestMethod = "Access-Control-Request-Method";

// What a page may send beside what every page may.
constexpr std::string_view kRequestHeaders =
    "Authorization, Content-Type, X-API-Key, X-Request-ID, Idempotency-Key, If-Match, If-None-Match, traceparent, "
    "tracestate";
// What a page may read beside what every page may.
constexpr std::string_view kResponseHeaders =
    "X-Request-ID, X-Process-Time, RateLimit, RateLimit-Policy, Retry-After, ETag, Link, Location, WWW-Authenticate";
constexpr std::string_view kRememberSeconds = "7200";  // more than any browser believes

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)), everybody_(std::ranges::find(origins_, kEverybody) != origins_.end()) {}

bool Cors::is_preflight(const Request& request) {
  return request.method == "OPTIONS" && !request.header("Origin").empty() && !request.header(kRequestMethod).empty();
}

bool Cors::allows(const Request& request) const {
  const std::string_view origin = request.header("Origin");
  return !origin.empty() && (everybody_ || std::ranges::find(origins_, origin) != origins_.end());
}

void Cors::add_headers(const Request& request, Response& response) const {
  if (origins_.empty()) return;
  if (!everybody_) response.headers.emplace_back("Vary", "Origin");
  if (!allows(request)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", everybody_ ? kEverybody : request.header("Origin"));
  if (!is_preflight(request)) response.headers.emplace_back("Access-Control-Expose-Headers", kResponseHeaders);
}

Response Cors::preflight(std::string_view methods) const {
  Response response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", std::string(methods)},
                      {"Access-Control-Allow-Headers", std::string(kRequestHeaders)},
                      {"Access-Control-Max-Age", std::string(kRememberSeconds)},
                      {"Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"}};
  return response;
}

}  // namespace mla::http
