#include "front/http/impl/rate_headers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "front/http/impl/errors.h"

namespace mla::http {
namespace {

// At least 1: a client that comes back at once would come in vain.
std::int64_t whole_seconds(double seconds) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(seconds)));
}

}  // namespace

std::string rate_policy(const security::RateLimit& limit) {
  return fmt::format(R"("requests";q={:.0f};w=60)", limit.per_minute);
}

void add_rate_headers(Response& response, const std::string& policy, const security::RateDecision& decision) {
  response.headers.emplace_back("RateLimit-Policy", policy);
  response.headers.emplace_back(
      "RateLimit", fmt::format(R"("requests";r={};t={})", decision.remaining, whole_seconds(decision.full_after)));
}

Response too_many_requests(const security::RateDecision& decision, std::string_view what) {
  const std::int64_t seconds = whole_seconds(decision.retry_after);
  Response response = error_response(429, boost::json::value(fmt::format("Too many {}; try again in {} second{}", what,
                                                                         seconds, seconds == 1 ? "" : "s")));
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace mla::http
