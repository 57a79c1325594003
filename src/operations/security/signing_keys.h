#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace mla::security {

// Signatures of RFC 7518 and RFC 8037 that are used here; a server speaks one of them.
enum class SignatureAlgorithm : std::uint8_t { kHs256, kRs256, kEdDsa };

// "HS256", "RS256", "EdDSA".
std::string_view to_string(SignatureAlgorithm algorithm);
std::optional<SignatureAlgorithm> parse_algorithm(std::string_view name);

inline constexpr std::size_t kMinSecret = 32;  // bytes of an HS256 key (RFC 7518 3.2)
inline constexpr std::size_t kMaxKeys = 16;

// The keys that sign and verify tokens, all of one algorithm: a signature of another one is never even looked at, so
// that a public key cannot be taken for a secret. Over OpenSSL's EVP. Immutable, thread-safe, cheap to copy.
class SigningKeys {
 public:
  // One HS256 key without an id. kInvalidArgument if it is shorter than kMinSecret.
  static base::Result<SigningKeys> from_secret(std::string_view secret);

  // A JSON Web Key Set (RFC 7517): its keys of `algorithm`; others are left alone. More than one key of it need a `kid`
  // each. RSA from 2048 to 8192 bits. kInvalidArgument says which key and what is wrong, never a value of it.
  static base::Result<SigningKeys> from_key_set(std::string_view json, SignatureAlgorithm algorithm);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  // True if one of them can sign.
  bool can_sign() const { return signer_ != nullptr; }
  // `kid` of the key that signs, or "".
  const std::string& signer_id() const;

  // The bytes of the signature. REQUIRES: can_sign().
  std::string sign(std::string_view message) const;
  // By the key of that id, or without one by the only key there is.
  bool verify(const std::optional<std::string>& id, std::string_view message, std::string_view signature) const;

  // One key; its bytes never leave signing_keys.cpp.
  class Key;

 private:
  SigningKeys(SignatureAlgorithm algorithm, std::vector<std::shared_ptr<const Key>> keys);

  SignatureAlgorithm algorithm_;
  std::vector<std::shared_ptr<const Key>> keys_;
  std::shared_ptr<const Key> signer_;
};

}  // namespace mla::security
