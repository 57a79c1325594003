#include "operations/security/jwt.h"

#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "foundation/base/parse.h"
#include "operations/security/impl/encoding.h"

namespace mla::security {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace json = boost::json;

constexpr std::string_view kType = "at+jwt";  // RFC 9068: other kinds of JWT are no access tokens
constexpr std::size_t kMaxText = 512;         // bytes of an id or a name

Error refused(std::string what) { return {ErrorCode::kPermission, std::move(what)}; }

Result<json::object> decode_object(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text || !base::is_utf8(*text)) return refused("The token is malformed");
  json::error_code error;
  json::value value = json::parse(*text, error, {}, {.max_depth = 8});
  if (error || !value.is_object()) return refused("The token is malformed");
  return std::move(value.get_object());
}

// A text member, or "".
std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().size() > kMaxText) return {};
  return value->get_string();
}

// The claim in milliseconds; nothing if it is there and no number that a clock can show.
Result<std::optional<base::UnixMillis>> time_of(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (value == nullptr) return std::optional<base::UnixMillis>();
  constexpr double kLatest = 1e11;  // seconds: the year 5138
  json::error_code error;
  const double seconds = value->is_number() ? value->to_number<double>(error) : -1;
  if (error || !(seconds >= 0 && seconds <= kLatest)) return refused("The token has a time that is none");
  return std::optional(static_cast<base::UnixMillis>(seconds * 1000));
}

base::Status check_times(const json::object& claims, base::UnixMillis leeway, base::UnixMillis now) {
  MLA_ASSIGN(const auto expires, time_of(claims, "exp"));
  MLA_ASSIGN(const auto not_before, time_of(claims, "nbf"));
  MLA_ASSIGN(const auto issued, time_of(claims, "iat"));
  if (!expires) return refused("The token has no expiry");
  if (now >= *expires + leeway) return refused("The token has expired");
  if (not_before && now < *not_before - leeway) return refused("The token is not valid yet");
  if (issued && now < *issued - leeway) return refused("The token was issued in the future");
  return {};
}

bool is_for(const json::object& claims, std::string_view audience) {
  const json::value* value = claims.if_contains("aud");
  if (value == nullptr) return false;
  if (value->is_string()) return value->get_string() == audience;
  if (!value->is_array()) return false;
  for (const json::value& one : value->get_array()) {
    if (one.is_string() && one.get_string() == audience) return true;
  }
  return false;
}

base::Status check_header(const json::object& header, const SigningKeys& keys) {
  if (text_of(header, "alg") != to_string(keys.algorithm())) {
    return refused("The token is not signed with the algorithm of this server");
  }
  const std::string type = base::to_lower(text_of(header, "typ"));
  if (type != kType && type != "application/at+jwt") return refused("The token is no access token (typ at+jwt)");
  // RFC 7515 4.1.11: who does not understand an extension must refuse it, and none is understood here.
  if (header.contains("crit") || header.contains("b64")) return refused("The token uses an extension");
  return {};
}

Result<std::vector<std::string>> permissions_of(const json::object& claims) {
  const json::value* value = claims.if_contains("permissions");
  if (value == nullptr || !value->is_array() || value->get_array().size() > kMaxPermissions) {
    return refused("The token has no list of permissions");
  }
  std::vector<std::string> permissions;
  for (const json::value& one : value->get_array()) {
    if (!one.is_string()) return refused("The token has no list of permissions");
    permissions.emplace_back(one.get_string());
  }
  return permissions;
}

}  // namespace

std::string sign_token(const Claims& claims, const TokenPolicy& policy, const SigningKeys& keys) {
  json::object header = {{"alg", to_string(keys.algorithm())}, {"typ", kType}};
  if (!keys.signer_id().empty()) header["kid"] = keys.signer_id();
  const json::object payload = {
      {"iss", policy.issuer},        {"aud", policy.audience},
      {"sub", claims.subject},       {"sid", claims.grant},
      {"user_id", claims.listener},  {"permissions", json::array(claims.permissions.begin(), claims.permissions.end())},
      {"iat", claims.issued / 1000}, {"nbf", claims.issued / 1000},
      {"exp", claims.expires / 1000}};
  std::string token = to_base64url(json::serialize(header)) + '.' + to_base64url(json::serialize(payload));
  token += '.' + to_base64url(keys.sign(token));
  return token;
}

Result<Claims> verify_token(std::string_view token, const TokenPolicy& policy, const SigningKeys& keys,
                            base::UnixMillis now) {
  if (token.size() > kMaxToken) return refused("The token is too long");
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) {
    return refused("The token is malformed");
  }
  MLA_ASSIGN(const json::object header, decode_object(token.substr(0, first)));
  MLA_CHECK(check_header(header, keys));
  std::optional<std::string> id;
  if (const json::value* kid = header.if_contains("kid")) {
    if (!kid->is_string()) return refused("The token is malformed");
    id = std::string(kid->get_string());  // compared with the ids of the keys, and nothing else
  }
  const auto signature = from_base64url(token.substr(last + 1));
  if (!signature || !keys.verify(id, token.substr(0, last), *signature)) {
    return refused("The token's signature is wrong");
  }
  MLA_ASSIGN(const json::object payload, decode_object(token.substr(first + 1, last - first - 1)));
  if (text_of(payload, "iss") != policy.issuer) return refused("The token is from another issuer");
  if (!is_for(payload, policy.audience)) return refused("The token is for another audience");
  MLA_CHECK(check_times(payload, policy.leeway, now));
  Claims claims;
  claims.subject = text_of(payload, "sub");
  claims.grant = text_of(payload, "sid");
  claims.listener = text_of(payload, "user_id");
  if (claims.subject.empty() || claims.grant.empty() || claims.listener.empty()) {
    return refused("The token does not say whose it is (sub, sid, user_id)");
  }
  MLA_ASSIGN(claims.permissions, permissions_of(payload));
  claims.issued = time_of(payload, "iat").value().value_or(0);
  claims.expires = *time_of(payload, "exp").value();
  return claims;
}

}  // namespace mla::security
