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
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kBusy:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kDiskFull:
      return 507;
    case ErrorCode::kPermission:  // ours, to a file or the database: what a caller may do is judged before
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
  if (status < 500 || error.code == ErrorCode::kUnsupported)
    return error_response(status, boost::json::value(error.message));
  // What is wrong with the server, its files and its database is for who runs it.
  const auto level = status == 503 ? base::log::Level::kInfo : base::log::Level::kError;
  base::log::write(level, "http", error.message, {{"code", base::to_string(error.code)}});
  if (status == 503) return error_response(503, "The server is busy or lacks its database; try again in a moment");
  if (status == 507) return error_response(507, "The server has no disk space left; try again when there is some");
  return error_response(500, "Internal error; the log has more under this request id");
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
