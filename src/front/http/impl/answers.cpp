#include "front/http/impl/answers.h"

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "front/http/impl/errors.h"

namespace mla::http {

namespace json = boost::json;

Response json_response(const json::value& value, int status) {
  Response response;
  response.status = status;
  response.body = base::to_json_text(value);
  return response;
}

Response someone_elses() { return error_response(403, json::value("These are somebody else's data")); }

Response not_there(std::string_view detail) { return error_response(404, json::value(detail)); }

Response recommending_failed(const base::Error& error) {
  if (error.code == base::ErrorCode::kNotFound) return error_response(503, json::value(error.message));
  return error_response(error);
}

Response accepted(const json::object& job, std::string_view id) {
  Response response = json_response(job, 202);
  response.headers.emplace_back("Location", fmt::format("/ml-analytics/jobs/{}", id));
  return response;
}

std::string encode_cursor(std::string_view place) { return base::to_hex(place); }

base::Result<std::string> decode_cursor(std::string_view cursor) {
  auto place = base::from_hex(cursor);
  if (place && base::is_utf8(*place)) return *std::move(place);
  return base::Error{base::ErrorCode::kInvalidArgument, "Input should be a next_cursor of this list"};
}

}  // namespace mla::http
