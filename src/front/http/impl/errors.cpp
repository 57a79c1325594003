#include "front/http/impl/errors.h"

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "foundation/base/log.h"

namespace mla::http {
namespace {

using base::ErrorCode;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kPermission:
      return 403;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kBusy:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kDiskFull:
      return 507;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

boost::json::value problem(const Request& request, std::string_view request_id, const Response& response) {
  boost::json::object document = {{"type", "about:blank"},
                                  {"title", reason_phrase(response.status)},
                                  {"status", response.status},
                                  {"instance", request.target.substr(0, request.target.find('?'))},
                                  {"request_id", request_id}};
  if (response.detail->is_string()) {
    document["detail"] = *response.detail;
  } else {
    document["detail"] = "The request body is not valid; see errors";
    document["errors"] = *response.detail;
  }
  return document;
}

}  // namespace

Response error_response(int status, boost::json::value detail) {
  Response response;
  response.status = status;
  response.detail = std::move(detail);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response validation_response(const std::vector<FieldError>& errors) {
  boost::json::array list;
  for (const FieldError& error : errors) {
    list.push_back(boost::json::object{{"loc", error.loc}, {"msg", error.msg}, {"type", error.type}});
  }
  return error_response(422, std::move(list));
}

Response error_response(const base::Error& error) {
  const int status = status_of(error.code);
  if (status != 500) return error_response(status, boost::json::value(error.message));
  base::log::error("http", error.message, {{"code", base::to_string(error.code)}});
  return error_response(500, boost::json::value("Internal error; the log has more under this request id"));
}

void render_error(const Request& request, std::string_view request_id, Response& response) {
  if (!response.detail) return;
  if (request.header("Accept").find("application/problem+json") != std::string_view::npos) {
    response.content_type = "application/problem+json";
    response.body = base::to_json_text(problem(request, request_id, response));
  } else {
    response.content_type = "application/json";
    response.body = base::to_json_text(boost::json::object{{"detail", *response.detail}});
  }
}

}  // namespace mla::http
