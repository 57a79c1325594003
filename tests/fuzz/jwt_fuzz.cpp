// rooms: security
// Tokens and key sets of strangers: whatever comes in, nothing is taken that our keys did not sign, and a key set is
// taken or refused with a reason.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "operations/security/basic_credentials.h"
#include "operations/security/impl/encoding.h"
#include "operations/security/jwt.h"

namespace {

using namespace mla::security;

void require(bool condition) {
  if (!condition) std::abort();
}

const TokenPolicy kPolicy{"ml-analytics", "ml-analytics", 30'000};
constexpr mla::base::UnixMillis kNow = 1'700'000'060'000;

void check_token(std::string_view token, const SigningKeys& keys) {
  const auto claims = verify_token(token, kPolicy, keys, kNow);
  if (!claims.ok()) return require(!claims.error().message.empty());
  require(token.size() <= kMaxToken && claims->permissions.size() <= kMaxPermissions);
  require(!claims->subject.empty() && !claims->grant.empty() && !claims->listener.empty());
  require(kNow < claims->expires + kPolicy.leeway);
  const auto again = verify_token(sign_token(*claims, kPolicy, keys), kPolicy, keys, kNow);
  require(again.ok() || again.error().message.find("too long") != std::string::npos);
}

// The header and payload of the input with a true signature.
void check_signed(std::string_view text, const SigningKeys& keys) {
  std::string token(text.substr(0, text.rfind('.')));
  token += "." + to_base64url(keys.sign(token));
  check_token(token, keys);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const SigningKeys keys = SigningKeys::from_secret("an example secret that opens no door at all").value();
  check_token(text, keys);
  check_signed(text, keys);  // so that what lies behind the signature is reached too
  for (const SignatureAlgorithm algorithm :
       {SignatureAlgorithm::kHs256, SignatureAlgorithm::kRs256, SignatureAlgorithm::kEdDsa}) {
    const auto set = SigningKeys::from_key_set(text, algorithm);
    if (set.ok() && set->can_sign()) require(set->verify(set->signer_id(), "message", set->sign("message")));
    if (!set.ok()) require(!set.error().message.empty());
  }
  parse_basic(text);
  return 0;
}
