#pragma once

#include <memory>
#include <string>

#include <boost/json/object.hpp>
#include <openssl/evp.h>

#include "foundation/base/result.h"

// Keys as JSON Web Keys (RFC 7517, RFC 7518 6, RFC 8037 2) into OpenSSL. Errors name the member, never its value.
namespace mla::security {

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

struct LoadedKey {
  KeyHandle key{nullptr, &EVP_PKEY_free};
  bool is_private = false;
};

// `k` of an "oct" key.
base::Result<std::string> read_secret(const boost::json::object& jwk);
// "RSA", 2048 to 8192 bits; private ones with p, q, dp, dq and qi.
base::Result<LoadedKey> read_rsa_key(const boost::json::object& jwk);
// "OKP" with the curve Ed25519.
base::Result<LoadedKey> read_ed25519_key(const boost::json::object& jwk);

}  // namespace mla::security
