// rooms: http
// Multipart bodies, header parameters, queries and what clients say that they accept: whatever comes in, it is read or
// refused, and what is read lies within the input.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "foundation/base/parse.h"
#include "front/http/impl/multipart.h"
#include "front/http/impl/negotiation.h"
#include "front/http/impl/query.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_multipart(std::string_view body) {
  const auto parts = mla::http::parse_multipart("multipart/form-data; boundary=XX", body);
  if (!parts.ok()) return;
  require(parts->size() <= mla::http::kMostParts);
  for (const auto& part : *parts) {
    require(!part.name.empty());
    require(part.content.data() >= body.data() &&
            part.content.data() + part.content.size() <= body.data() + body.size());
    require(part.content.find("\r\n--XX") == std::string_view::npos);
  }
}

void check_query(std::string_view text) {
  std::vector<mla::http::FieldError> errors;
  const std::string target = "/?" + std::string(text);
  mla::http::Query query(target, errors);
  const auto name = query.text("name", {1, 16});
  require(!name || (!name->empty() && name->size() <= 16 && mla::base::is_utf8(*name)));
  const std::size_t limit = query.limit(20, 500);
  require(limit >= 1 && limit <= 500);
  require(mla::base::is_utf8(query.cursor()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_multipart(text);
  check_query(text);
  static_cast<void>(mla::http::header_parameter(text, "boundary"));
  const double quality = mla::http::accept_quality(text, "application/json");
  require(quality >= 0 && quality <= 1);
  const double encoding = mla::http::encoding_quality(text, "gzip");
  require(encoding >= 0 && encoding <= 1);
  const std::string trace = mla::http::trace_id_of(text);
  require(trace.empty() || trace.size() == 32);
  return 0;
}
