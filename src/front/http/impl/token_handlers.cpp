#include "front/http/impl/token_handlers.h"

#include "foundation/base/json.h"
#include "foundation/base/log.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/form.h"
#include "front/http/impl/rate_headers.h"
#include "operations/security/basic_credentials.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using Form = std::map<std::string, std::string, std::less<>>;

Response json_answer(int status, const json::object& object) {
  Response response;
  response.status = status;
  response.body = base::to_json_text(object);
  response.headers = {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
  return response;
}

Response oauth_error(std::string_view code, std::string_view description) {
  const bool client = code == "invalid_client";
  Response response = json_answer(client ? 401 : 400, {{"error", code}, {"error_description", description}});
  if (client) response.headers.emplace_back("WWW-Authenticate", R"(Basic realm="ml-analytics", charset="UTF-8")");
  return response;
}

Response invalid_scope(std::string_view description) { return oauth_error("invalid_scope", description); }

// What a token answer or its refusal becomes; `code` is what a refusal is called.
Response answer_with(const base::Result<security::TokenAnswer>& given, const Call& call, std::string_view code) {
  if (!given.ok()) {
    if (given.error().code == base::ErrorCode::kInvalidArgument) return invalid_scope(given.error().message);
    if (given.error().code != base::ErrorCode::kPermission) return error_response(given.error());
    base::log::warning("security", "a login was refused",
                       {{"reason", given.error().message}, {"client", call.client.text()}});
    return oauth_error(code, given.error().message);
  }
  json::object object = {{"access_token", given->access_token},
                         {"token_type", "bearer"},
                         {"expires_in", given->expires_in},
                         {"scope", given->scope}};
  if (!given->refresh_token.empty()) object["refresh_token"] = given->refresh_token;
  return json_answer(200, object);
}

// The answer to one attempt to log in: a name and a password are looked at only within the limit of logins.
Response log_in(security::Security& security, const Call& call, std::string_view name, std::string_view password,
                security::LoginKind kind, const security::Tokens::Wanted& wanted, std::string_view refusal) {
  const security::RateDecision decision = security.limits().login(name, call.client);
  if (!decision.allowed) {
    base::log::warning("security", "too many logins", {{"client", call.client.text()}});
    return too_many_requests(decision, "logins");
  }
  return answer_with(security.tokens().log_in(name, password, kind, std::string(call.request_id), wanted), call,
                     refusal);
}

// The field, or "".
std::string_view field(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view() : found->second;
}

Response password_grant(security::Security& security, const Call& call, const Form& form,
                        const security::Tokens::Wanted& wanted) {
  if (field(form, "username").empty() || field(form, "password").empty()) {
    return oauth_error("invalid_request", "Give username and password");
  }
  return log_in(security, call, field(form, "username"), field(form, "password"), security::LoginKind::kPassword,
                wanted, "invalid_grant");
}

Response client_grant(security::Security& security, const Call& call, const Form& form,
                      const security::Tokens::Wanted& wanted) {
  const std::string_view authorization = call.request.header("Authorization");
  std::string id(field(form, "client_id"));
  std::string secret(field(form, "client_secret"));
  if (!authorization.empty()) {
    const auto basic = security::parse_basic(authorization);
    if (!basic) return oauth_error("invalid_client", "The Authorization header is not HTTP Basic");
    if (!secret.empty()) return oauth_error("invalid_request", "Give the client's secret once");
    // RFC 6749 2.3.1: both are form-encoded before they are put together.
    auto name = decode_form_text(basic->first);
    auto password = decode_form_text(basic->second);
    if (!name.ok() || !password.ok()) return oauth_error("invalid_client", "The Authorization header is broken");
    id = *std::move(name);
    secret = *std::move(password);
  }
  if (id.empty() || secret.empty()) return oauth_error("invalid_client", "Give the client's id and secret");
  return log_in(security, call, id, secret, security::LoginKind::kClientCredentials, wanted, "invalid_client");
}

}  // namespace

Response give_token(security::Security& security, const Call& call) {
  const auto form = parse_form(call.request.body);
  if (!form.ok()) return oauth_error("invalid_request", form.error().message);
  const std::string_view grant = field(*form, "grant_type");
  security::Tokens::Wanted wanted;
  if (const std::string_view scope = field(*form, "scope"); !scope.empty()) {
    wanted = security::Permissions::of_scope(scope);
    if (!wanted) return invalid_scope("scope is names of permissions with spaces between them (docs/security.md)");
  }
  if (grant == "password") return password_grant(security, call, *form, wanted);
  if (grant == "client_credentials") return client_grant(security, call, *form, wanted);
  if (grant == "refresh_token") {
    if (field(*form, "refresh_token").empty()) return oauth_error("invalid_request", "Give refresh_token");
    return answer_with(security.tokens().refresh(field(*form, "refresh_token"), std::string(call.request_id), wanted),
                       call, "invalid_grant");
  }
  if (grant.empty()) return oauth_error("invalid_request", "Give grant_type");
  return oauth_error("unsupported_grant_type", "grant_type is password, client_credentials or refresh_token");
}

Response revoke_token(security::Security& security, const Call& call) {
  const auto form = parse_form(call.request.body);
  if (!form.ok()) return oauth_error("invalid_request", form.error().message);
  if (field(*form, "token").empty()) return oauth_error("invalid_request", "Give token");
  const auto revoked = security.tokens().revoke(field(*form, "token"), std::string(call.request_id));
  if (!revoked.ok()) return error_response(revoked.error());
  security.authenticator().forget();
  return json_answer(200, {});
}

}  // namespace mla::http
