#include "operations/security/impl/json_web_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "operations/security/impl/encoding.h"

namespace mla::security {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace json = boost::json;

constexpr std::size_t kMaxMember = 2048;  // bytes of base64url: 8192 bits and some more
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kEd25519Bytes = 32;

Error off(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

Result<std::string> member(const json::object& jwk, std::string_view name) {
  const json::value* value = jwk.if_contains(name);
  if (value == nullptr || !value->is_string()) return off(fmt::format("'{}' is missing or no text", name));
  const json::string& text = value->get_string();
  if (text.size() > kMaxMember) return off(fmt::format("'{}' is too long", name));
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->empty()) return off(fmt::format("'{}' is not base64url without padding", name));
  return *bytes;
}

using Number = std::unique_ptr<BIGNUM, decltype(&BN_clear_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

struct RsaMember {
  const char* jwk;
  const char* openssl;
};
constexpr RsaMember kPublic[] = {{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}};
constexpr RsaMember kPrivate[] = {{"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                  {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                  {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};

base::Status push(OSSL_PARAM_BLD* builder, const json::object& jwk, const RsaMember& wanted,
                  std::vector<Number>& numbers) {
  MLA_ASSIGN(const std::string bytes, member(jwk, wanted.jwk));
  Number number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr),
      &BN_clear_free);
  if (number == nullptr || OSSL_PARAM_BLD_push_BN(builder, wanted.openssl, number.get()) != 1) {
    return off(fmt::format("'{}' cannot be used", wanted.jwk));
  }
  numbers.push_back(std::move(number));
  return {};
}

}  // namespace

Result<std::string> read_secret(const json::object& jwk) { return member(jwk, "k"); }

Result<LoadedKey> read_rsa_key(const json::object& jwk) {
  const bool is_private = jwk.contains("d");
  Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  std::vector<Number> numbers;  // the builder refers to them
  for (const RsaMember& wanted : kPublic) MLA_CHECK(push(builder.get(), jwk, wanted, numbers));
  if (is_private) {
    for (const RsaMember& wanted : kPrivate) MLA_CHECK(push(builder.get(), jwk, wanted, numbers));
  }
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* raw = nullptr;
  const int selection = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &raw, selection, parameters.get()) != 1) {
    return off("its numbers make no RSA key");
  }
  KeyHandle key(raw, &EVP_PKEY_free);
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return off(fmt::format("it has {} bits, not {} to {}", bits, kMinRsaBits, kMaxRsaBits));
  }
  const Context check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), &EVP_PKEY_CTX_free);
  if (check == nullptr ||
      (is_private ? EVP_PKEY_pairwise_check(check.get()) : EVP_PKEY_public_check_quick(check.get())) != 1) {
    return off("its numbers make no RSA key");
  }
  return LoadedKey{std::move(key), is_private};
}

Result<LoadedKey> read_ed25519_key(const json::object& jwk) {
  const json::value* curve = jwk.if_contains("crv");
  if (curve == nullptr || !curve->is_string() || curve->get_string() != "Ed25519") {
    return off("'crv' is not Ed25519");
  }
  MLA_ASSIGN(const std::string point, member(jwk, "x"));
  if (point.size() != kEd25519Bytes) return off("'x' does not have 32 bytes");
  const auto* x = reinterpret_cast<const unsigned char*>(point.data());
  if (!jwk.contains("d")) {
    KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x, point.size()), &EVP_PKEY_free);
    if (key == nullptr) return off("'x' is no point of Ed25519");
    return LoadedKey{std::move(key), false};
  }
  MLA_ASSIGN(const std::string secret, member(jwk, "d"));
  if (secret.size() != kEd25519Bytes) return off("'d' does not have 32 bytes");
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                             reinterpret_cast<const unsigned char*>(secret.data()), secret.size()),
                &EVP_PKEY_free);
  std::string derived(kEd25519Bytes, '\0');
  std::size_t length = derived.size();
  if (key == nullptr ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(derived.data()), &length) != 1 ||
      derived != point) {
    return off("'x' and 'd' do not belong together");
  }
  return LoadedKey{std::move(key), true};
}

}  // namespace mla::security
