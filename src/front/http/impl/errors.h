#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "foundation/base/result.h"
#include "front/http/message.h"

namespace mla::http {

// One thing that is wrong with a request body; FastAPI's and pydantic's words for `type`.
struct FieldError {
  boost::json::array loc;  // "body", then names and positions
  std::string msg;
  std::string type;  // "missing", "string_type", "less_than_equal", …
};

// An answer with `detail`; render_error gives it a body.
Response error_response(int status, boost::json::value detail);

// 422 with one entry for each error.
Response validation_response(const std::vector<FieldError>& errors);

// The status that fits the code. What is our own or the machine's fault is logged in full and told in general words.
Response error_response(const base::Error& error);

// Writes the body of a response that has a `detail`: {"detail": …}, or a problem document (RFC 9457) when the request
// prefers application/problem+json.
void render_error(const Request& request, std::string_view request_id, Response& response);

}  // namespace mla::http
