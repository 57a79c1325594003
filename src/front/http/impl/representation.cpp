#include "front/http/impl/representation.h"

#include <algorithm>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "front/http/impl/gzip.h"
#include "front/http/impl/negotiation.h"

namespace mla::http {
namespace {

namespace json = boost::json;

constexpr int kLevel = 4;  // of gzip: three times the speed of the default for a tenth more bytes

using Names = std::set<std::string, std::less<>>;

Names names_of(std::string_view fields) {
  Names names;
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find(','), fields.size());
    names.emplace(base::trim(fields.substr(0, end)));
    fields.remove_prefix(std::min(end + 1, fields.size()));
  }
  return names;
}

void keep(const Names& names, json::object& object) {
  json::object kept;
  for (auto& member : object) {
    if (names.contains(std::string_view(member.key()))) kept.emplace(member.key(), std::move(member.value()));
  }
  object = std::move(kept);
}

bool is_list_of_objects(const json::value& value) {
  const json::array* list = value.if_array();
  return list != nullptr && std::ranges::any_of(*list, [](const json::value& one) { return one.is_object(); });
}

bool has_header(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

void keep_fields(std::string_view fields, Response& response) {
  json::value value = json::parse(response.body);
  json::object* object = value.if_object();
  if (object == nullptr) return;
  const Names names = names_of(fields);
  const auto list =
      std::ranges::find_if(*object, [](const auto& member) { return is_list_of_objects(member.value()); });
  if (list == object->end()) {
    keep(names, *object);
  } else {
    for (json::value& one : list->value().get_array()) {
      if (one.is_object()) keep(names, one.get_object());
    }
  }
  response.body = base::to_json_text(value);
}

void revalidate(const Request& request, Response& response) {
  if (response.status != 200 || has_header(response, "Cache-Control")) return;
  const XXH128_hash_t hash = XXH3_128bits(response.body.data(), response.body.size());
  // Weak: packed or not, it is the same answer.
  std::string etag = fmt::format("W/\"{:016x}{:016x}\"", hash.high64, hash.low64);
  const bool known = matches_etag(request.header("If-None-Match"), etag);
  response.headers.emplace_back("ETag", std::move(etag));
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  if (!known) return;
  response.status = 304;
  response.body.clear();
}

void pack(const Request& request, Response& response) {
  const bool text = response.content_type.starts_with("application/") || response.content_type.starts_with("text/");
  const bool secret = std::ranges::any_of(response.headers, [](const auto& header) {
    return header.first == "Cache-Control" && header.second.find("no-store") != std::string::npos;
  });
  if (response.body.size() < kLeastPacked || !text || secret || has_header(response, "Vary")) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!(encoding_quality(request.header("Accept-Encoding"), "gzip") > 0)) return;
  response.body = gzip(response.body, kLevel);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace mla::http
