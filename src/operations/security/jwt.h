#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "operations/security/signing_keys.h"

// JSON Web Tokens (RFC 7519) in compact form, after the current practice of RFC 8725: one algorithm, one type, issuer,
// audience and expiry always there, sizes bounded, no header that points to a key is ever followed.
namespace mla::security {

inline constexpr std::size_t kMaxToken = 4096;      // bytes
inline constexpr std::size_t kMaxPermissions = 64;  // in a token

// What an access token says. Times are whole seconds in a token.
struct Claims {
  std::string subject;                   // `sub`: id of the principal
  std::string grant;                     // `sid`: the grant that it belongs to, by which it is revoked
  std::string listener;                  // `user_id`: whose data is the bearer's own
  std::vector<std::string> permissions;  // names, Permissions::names
  base::UnixMillis issued = 0, expires = 0;
};

struct TokenPolicy {
  std::string issuer;
  std::string audience;
  base::UnixMillis leeway = 30'000;  // that clocks may differ
};

// REQUIRES: keys.can_sign().
std::string sign_token(const Claims& claims, const TokenPolicy& policy, const SigningKeys& keys);

// The claims of a token that these keys signed, for us, and that is valid at `now`. kPermission says what is wrong
// with it, in words that may be told to who sent it.
base::Result<Claims> verify_token(std::string_view token, const TokenPolicy& policy, const SigningKeys& keys,
                                  base::UnixMillis now);

}  // namespace mla::security
