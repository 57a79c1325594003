#include "front/http/impl/credentials.h"

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "front/http/impl/errors.h"

namespace mla::http {

Credential credential_of(const Request& request) {
  constexpr std::string_view kBearer = "bearer ";
  Credential found;
  int given = 0;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = base::to_lower(name);
    const std::string_view text = value;
    if (lower == "x-api-key") {
      found.text = base::trim(text);
    } else if (lower == "authorization" && base::to_lower(text.substr(0, kBearer.size())) == kBearer) {
      found.text = base::trim(text.substr(kBearer.size()));
    } else if (lower != "authorization") {
      continue;
    }
    ++given;
  }
  found.ambiguous = given > 1;
  return found;
}

Response challenge(int status, std::string_view error, std::string_view detail) {
  Response response = error_response(status, boost::json::value(detail));
  std::string header = R"(Bearer realm="ml-analytics")";
  if (!error.empty()) header += fmt::format(R"(, error="{}", error_description="{}")", error, detail);
  response.headers.emplace_back("WWW-Authenticate", std::move(header));
  return response;
}

Response forbidden(security::Permission permission) {
  Response response = error_response(
      403, boost::json::value(fmt::format("This needs the permission {}", security::to_string(permission))));
  response.headers.emplace_back("WWW-Authenticate",
                                fmt::format(R"(Bearer realm="ml-analytics", error="insufficient_scope", scope="{}")",
                                            security::to_string(permission)));
  return response;
}

}  // namespace mla::http
