#pragma once

#include <string_view>

#include "front/http/message.h"
#include "operations/security/permission.h"

// How a request says who it is, and how it is told that this was not enough (RFC 6750).
namespace mla::http {

struct Credential {
  std::string_view text;   // of `Authorization: Bearer …` or `X-API-Key: …`; empty: none
  bool ambiguous = false;  // more than one is given: two readers might take another one each
};
// Views into `request`.
Credential credential_of(const Request& request);

// `status` with WWW-Authenticate: Bearer; `error` is a code of RFC 6750 3.1, or empty if there was no credential.
Response challenge(int status, std::string_view error, std::string_view detail);

// 403: known, but not allowed.
Response forbidden(security::Permission permission);

}  // namespace mla::http
