#include "operations/security/signing_keys.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "operations/security/impl/encoding.h"
#include "operations/security/impl/json_web_key.h"

namespace mla::security {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace json = boost::json;

constexpr std::string_view kNames[] = {"HS256", "RS256", "EdDSA"};
constexpr std::string_view kKinds[] = {"oct", "RSA", "OKP"};
constexpr std::size_t kMaxId = 128;  // bytes of a `kid`
constexpr std::size_t kMaxSignature = 1024;

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error off(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

void require(bool ok, const char* what) {
  if (!ok) throw base::Failure({ErrorCode::kInternal, fmt::format("OpenSSL cannot {}", what)});
}

// An HMAC that has taken its key: copied for each message, which spares the key's own two blocks.
MacContext keyed_hmac(std::string_view secret) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
  require(mac != nullptr, "find HMAC");
  MacContext context(EVP_MAC_CTX_new(mac.get()), &EVP_MAC_CTX_free);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  require(context != nullptr && EVP_MAC_init(context.get(), bytes_of(secret), secret.size(), parameters) == 1,
          "key HMAC-SHA256");
  return context;
}

}  // namespace

std::string_view to_string(SignatureAlgorithm algorithm) { return kNames[static_cast<std::size_t>(algorithm)]; }

std::optional<SignatureAlgorithm> parse_algorithm(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<SignatureAlgorithm>(found - std::begin(kNames));
}

class SigningKeys::Key {
 public:
  Key(std::string id, std::string_view secret)
      : id_(std::move(id)), can_sign_(true), mac_(keyed_hmac(secret)), key_(nullptr, &EVP_PKEY_free) {}
  Key(std::string id, SignatureAlgorithm algorithm, LoadedKey loaded)
      : id_(std::move(id)),
        can_sign_(loaded.is_private),
        hash_(algorithm == SignatureAlgorithm::kRs256 ? EVP_sha256() : nullptr),
        mac_(nullptr, &EVP_MAC_CTX_free),
        key_(std::move(loaded.key)) {}

  const std::string& id() const { return id_; }
  bool can_sign() const { return can_sign_; }

  std::string sign(std::string_view message) const {
    std::string signature(kMaxSignature, '\0');
    std::size_t length = signature.size();
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (mac_ != nullptr) {
      const MacContext context(EVP_MAC_CTX_dup(mac_.get()), &EVP_MAC_CTX_free);
      require(context != nullptr && EVP_MAC_update(context.get(), bytes_of(message), message.size()) == 1 &&
                  EVP_MAC_final(context.get(), out, &length, signature.size()) == 1,
              "authenticate");
    } else {
      const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
      require(EVP_DigestSignInit(context.get(), nullptr, hash_, nullptr, key_.get()) == 1 &&
                  EVP_DigestSign(context.get(), out, &length, bytes_of(message), message.size()) == 1,
              "sign");
    }
    signature.resize(length);
    return signature;
  }

  bool verify(std::string_view message, std::string_view signature) const {
    if (mac_ != nullptr) return same_bytes(sign(message), signature);
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, hash_, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) ==
               1;
  }

 private:
  std::string id_;
  bool can_sign_;
  const EVP_MD* hash_ = nullptr;  // of RS256; Ed25519 has its own
  MacContext mac_;                // of HS256
  KeyHandle key_;                 // of the others
};

SigningKeys::SigningKeys(SignatureAlgorithm algorithm, std::vector<std::shared_ptr<const Key>> keys)
    : algorithm_(algorithm), keys_(std::move(keys)) {
  const auto signer = std::ranges::find_if(keys_, [](const auto& key) { return key->can_sign(); });
  if (signer != keys_.end()) signer_ = *signer;
}

Result<SigningKeys> SigningKeys::from_secret(std::string_view secret) {
  if (secret.size() < kMinSecret) {
    return off(
        fmt::format("the key has {} bytes; HS256 needs {} or more (RFC 7518 3.2), for example of: openssl rand "
                    "-base64 48",
                    secret.size(), kMinSecret));
  }
  return SigningKeys(SignatureAlgorithm::kHs256, {std::make_shared<Key>("", secret)});
}

namespace {

Result<std::string> text_of(const json::object& jwk, std::string_view name) {
  const json::value* value = jwk.if_contains(name);
  if (value == nullptr) return std::string();
  if (!value->is_string() || value->get_string().size() > kMaxId) {
    return off(fmt::format("'{}' is no text of at most {} bytes", name, kMaxId));
  }
  return std::string(value->get_string());
}

// The key if it is one of `algorithm`, nothing if it is of another.
Result<std::shared_ptr<const SigningKeys::Key>> read_key(const json::value& value, SignatureAlgorithm algorithm) {
  std::shared_ptr<const SigningKeys::Key> none;
  const json::object* jwk = value.if_object();
  if (jwk == nullptr) return off("it is no JSON object");
  MLA_ASSIGN(const std::string kind, text_of(*jwk, "kty"));
  MLA_ASSIGN(const std::string named, text_of(*jwk, "alg"));
  MLA_ASSIGN(const std::string use, text_of(*jwk, "use"));
  MLA_ASSIGN(std::string id, text_of(*jwk, "kid"));
  if (kind != kKinds[static_cast<std::size_t>(algorithm)] || (!use.empty() && use != "sig")) return none;
  if (!named.empty() && named != to_string(algorithm)) return none;
  if (algorithm == SignatureAlgorithm::kHs256) {
    MLA_ASSIGN(const std::string secret, read_secret(*jwk));
    if (secret.size() < kMinSecret) {
      return off(fmt::format("it has {} bytes; HS256 needs {} or more", secret.size(), kMinSecret));
    }
    return std::shared_ptr<const SigningKeys::Key>(std::make_shared<SigningKeys::Key>(std::move(id), secret));
  }
  MLA_ASSIGN(LoadedKey loaded, algorithm == SignatureAlgorithm::kRs256 ? read_rsa_key(*jwk) : read_ed25519_key(*jwk));
  return std::shared_ptr<const SigningKeys::Key>(
      std::make_shared<SigningKeys::Key>(std::move(id), algorithm, std::move(loaded)));
}

}  // namespace

Result<SigningKeys> SigningKeys::from_key_set(std::string_view text, SignatureAlgorithm algorithm) {
  json::error_code error;
  const json::value document = json::parse(text, error, {}, {.max_depth = 8});
  const json::object* set = error ? nullptr : document.if_object();
  const json::value* list = set == nullptr ? nullptr : set->if_contains("keys");
  if (list == nullptr || !list->is_array()) return off("it is no JSON Web Key Set: an object with 'keys'");
  const json::array& entries = list->get_array();
  if (entries.size() > kMaxKeys) return off(fmt::format("it has {} keys, more than {}", entries.size(), kMaxKeys));
  std::vector<std::shared_ptr<const Key>> keys;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto key = read_key(entries[i], algorithm);
    if (!key.ok()) return base::with_context(key.error(), fmt::format("key {}", i + 1));
    if (*key == nullptr) continue;
    const auto same = [&](const auto& other) { return other->id() == (*key)->id(); };
    if (std::ranges::any_of(keys, same)) {
      return off(fmt::format("key {}: two keys of {} have the same 'kid', or none", i + 1, to_string(algorithm)));
    }
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return off(fmt::format("it has no key of {}", to_string(algorithm)));
  return SigningKeys(algorithm, std::move(keys));
}

const std::string& SigningKeys::signer_id() const {
  static const std::string none;
  return signer_ == nullptr ? none : signer_->id();
}

std::string SigningKeys::sign(std::string_view message) const { return signer_->sign(message); }

bool SigningKeys::verify(const std::optional<std::string>& id, std::string_view message,
                         std::string_view signature) const {
  if (signature.size() > kMaxSignature) return false;
  if (!id) return keys_.size() == 1 && keys_.front()->verify(message, signature);
  const auto key = std::ranges::find_if(keys_, [&](const auto& one) { return one->id() == *id; });
  return key != keys_.end() && (*key)->verify(message, signature);
}

}  // namespace mla::security
