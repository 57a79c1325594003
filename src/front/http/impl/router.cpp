#include "front/http/impl/router.h"

#include <algorithm>

#include "front/http/impl/target.h"

namespace mla::http {
namespace {

constexpr std::string_view kParameter = "{";

std::vector<std::string> segments_of(const std::string& pattern) {
  std::vector<std::string> segments = split_target(pattern).value();
  for (std::string& segment : segments) {
    if (segment.starts_with('{')) segment = kParameter;
  }
  return segments;
}

// The parameter's value if the path fits the pattern. A parameter is never empty.
std::optional<std::string> match(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::string parameter;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == kParameter && !path[i].empty()) {
      parameter = path[i];
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return parameter;
}

}  // namespace

EndpointSeries::EndpointSeries(telemetry::Metrics& metrics, std::string endpoint)
    : metrics_(metrics),
      endpoint_(std::move(endpoint)),
      duration_(metrics.histogram(telemetry::kRequestDuration, {{"endpoint", endpoint_}})) {}

void EndpointSeries::record(int status, double seconds) {
  duration_.observe(seconds);
  const std::lock_guard lock(mutex_);
  auto found = by_status_.find(status);
  if (found == by_status_.end()) {
    const std::string text = std::to_string(status);
    found =
        by_status_
            .emplace(status, metrics_.counter(telemetry::kRequestsTotal, {{"endpoint", endpoint_}, {"status", text}}))
            .first;
  }
  found->second.add();
}

Router::Router(std::vector<Route> routes, telemetry::Metrics& metrics)
    : routes_(std::move(routes)), unmatched_(std::make_unique<EndpointSeries>(metrics, "unmatched")) {
  std::map<std::string_view, std::size_t> by_pattern;
  for (const Route& route : routes_) {
    const auto [position, added] = by_pattern.emplace(route.pattern, endpoints_.size());
    if (added) {
      endpoints_.push_back({segments_of(route.pattern), {}, std::make_unique<EndpointSeries>(metrics, route.pattern)});
    }
    endpoints_[position->second].routes.push_back(&route);
  }
  // What is spelt out goes before what fits a parameter.
  std::ranges::stable_partition(endpoints_, [](const Endpoint& endpoint) {
    return std::ranges::find(endpoint.segments, kParameter) == endpoint.segments.end();
  });
}

Router::Match Router::find(std::string_view method, std::string_view target) const {
  Match found{.route = nullptr, .series = unmatched_.get(), .parameter = {}, .allow = {}, .bad_target = {}};
  const auto path = split_target(target);
  if (!path.ok()) {
    found.bad_target = path.error().message;
    return found;
  }
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Endpoint& endpoint : endpoints_) {
    auto parameter = match(endpoint.segments, *path);
    if (!parameter) continue;
    found.series = endpoint.series.get();
    found.parameter = std::move(*parameter);
    for (const Route* route : endpoint.routes) {
      if (route->method == wanted) found.route = route;
      found.allow += (found.allow.empty() ? "" : ", ") + route->method + (route->method == "GET" ? ", HEAD" : "");
    }
    found.allow += ", OPTIONS";
    return found;
  }
  return found;
}

}  // namespace mla::http
