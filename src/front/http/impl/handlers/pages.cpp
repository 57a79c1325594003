#include "front/http/impl/handlers/pages.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "front/http/impl/answers.h"
#include "front/http/impl/gzip.h"
#include "front/http/impl/negotiation.h"

namespace mla::http {
namespace {

// The digests are those of two style elements that Redoc makes: an empty one, which it fills rule by rule, and one of
// its scroll bars. Its search is a worker whose script it holds.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; connect-src 'self'; "
    "worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

Response page(std::span<const PageFile> files, const Call& call) {
  const std::string_view target = call.request.target;
  const std::size_t end = std::min(target.find('?'), target.size());
  const auto file = std::ranges::find(files, target.substr(0, end), &PageFile::path);
  if (file == files.end()) return not_there("There is no such file of this page");

  Response response;
  response.content_type = file->content_type;
  const bool named = target.substr(end) == fmt::format("?v={}", file->version);
  response.headers.emplace_back("Cache-Control", named ? "public, max-age=31536000, immutable" : "public, no-cache");
  std::string etag = fmt::format("W/\"{}\"", file->version);  // weak: packed or not, it is the same file
  const bool known = matches_etag(call.request.header("If-None-Match"), etag);
  response.headers.emplace_back("ETag", std::move(etag));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (file->content_type.starts_with("text/html")) response.headers.emplace_back("Content-Security-Policy", kPolicy);
  if (known) {
    response.status = 304;
  } else if (encoding_quality(call.request.header("Accept-Encoding"), "gzip") > 0) {
    response.body.assign(file->gzip.begin(), file->gzip.end());
    response.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    response.body = gunzip({reinterpret_cast<const char*>(file->gzip.data()), file->gzip.size()}, file->size);
  }
  return response;
}

std::vector<Route> page_routes() {
  const auto file = [](const Call& call) { return page(page_files(), call); };
  std::vector<Route> routes = {
      {"GET", "/docs", Access::open(), file},
      {"GET", "/docs/{file}", Access::open(), file},
      {"GET", "/redoc", Access::open(), file},
      {"GET", "/redoc/{file}", Access::open(), file},
  };
  for (Route& route : routes) route.answers = route.pattern.ends_with('}') ? "" : "text/html";
  return routes;
}

}  // namespace mla::http
