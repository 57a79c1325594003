#pragma once

#include <string>

#include "front/http/message.h"
#include "operations/security/rate_limiter.h"

// How a client is told of its limit: the fields RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers
// in the form that they have since its version 08.
namespace mla::http {

// `"requests";q=1000;w=60`: so many in so many seconds.
std::string rate_policy(const security::RateLimit& limit);

// Adds both: what is left at once, and the seconds after which all of it is.
void add_rate_headers(Response& response, const std::string& policy, const security::RateDecision& decision);

// 429 with Retry-After in whole seconds, rounded up.
Response too_many_requests(const security::RateDecision& decision, std::string_view what);

}  // namespace mla::http
