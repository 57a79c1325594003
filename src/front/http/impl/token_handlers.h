#pragma once

#include "front/http/impl/router.h"
#include "operations/security/security.h"

// The OAuth 2 endpoints (RFC 6749, RFC 7009). Forms in, JSON out; errors as RFC 6749 5.2 says them.
namespace mla::http {

// Grants `password` (people), `client_credentials` (services; HTTP Basic, or client_id and client_secret) and
// `refresh_token`.
Response give_token(security::Security& security, const Call& call);

// `token`: a refresh token, an access token or an API key; 200 also for what is none.
Response revoke_token(security::Security& security, const Call& call);

}  // namespace mla::http
