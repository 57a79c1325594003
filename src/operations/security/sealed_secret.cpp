#include "operations/security/sealed_secret.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <sodium.h>

#include "foundation/base/parse.h"
#include "foundation/base/private_file.h"
#include "operations/security/impl/encoding.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::uint64_t kMaxKeyFile = 4096;
constexpr const char* kKeyVariable = "ML_SECRETS_KEY";
constexpr const char* kFileVariable = "ML_SECRETS_KEY_FILE";

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// What is authenticated beside the secret: the format and the setting it is for.
std::string context_of(std::string_view setting) { return fmt::format("ml-analytics {}{}", kSealedPrefix, setting); }

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

SealingKey::SealingKey(SealingKey&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

SealingKey::~SealingKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

Result<SealingKey> SealingKey::parse(std::string_view text) {
  std::string url(base::trim(text));
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  while (url.ends_with('=')) url.pop_back();
  auto bytes = from_base64url(url);
  if (!bytes || bytes->size() != kKeyBytes) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("the key must be {} bytes in base64, as of: openssl rand -base64 {}", kKeyBytes, kKeyBytes)};
  }
  return SealingKey(*std::move(bytes));
}

Result<SealingKey> SealingKey::find(const std::filesystem::path& file) {
  if (file.empty()) {
    if (const std::string text = variable(kKeyVariable); !text.empty()) {
      auto key = parse(text);
      return key.ok() ? std::move(key) : base::with_context(key.error(), kKeyVariable);
    }
  }
  const std::filesystem::path from = file.empty() ? std::filesystem::path(variable(kFileVariable)) : file;
  if (from.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no key for sealed secrets: set {} or {} (docs/security.md)", kKeyVariable,
                             kFileVariable)};
  }
  MLA_ASSIGN(const std::string text, base::read_private_file(from, kMaxKeyFile));
  auto key = parse(text);
  return key.ok() ? std::move(key) : base::with_context(key.error(), fmt::format("'{}'", from.string()));
}

std::string SealingKey::seal(std::string_view setting, std::string_view secret) const {
  const std::string context = context_of(setting);
  const std::string nonce = random_bytes(kNonceBytes);
  std::string text(secret.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(text), nullptr, bytes_of(secret), secret.size(),
                                             bytes_of(context), context.size(), nullptr,
                                             bytes_of(std::string_view(nonce)), bytes_of(std::string_view(bytes_)));
  return fmt::format("{}{}", kSealedPrefix, to_base64url(nonce + text));
}

Result<std::string> SealingKey::open(std::string_view setting, std::string_view sealed) const {
  const auto decoded =
      sealed.starts_with(kSealedPrefix) ? from_base64url(sealed.substr(kSealedPrefix.size())) : std::nullopt;
  if (!decoded || decoded->size() < kNonceBytes + kTagBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("this is no sealed value: it must begin with {} and be whole, as `secrets seal` writes it",
                             kSealedPrefix)};
  }
  const std::string context = context_of(setting);
  const std::string_view nonce = std::string_view(*decoded).substr(0, kNonceBytes);
  const std::string_view text = std::string_view(*decoded).substr(kNonceBytes);
  std::string secret(text.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(secret), nullptr, nullptr, bytes_of(text), text.size(),
                                                 bytes_of(context), context.size(), bytes_of(nonce),
                                                 bytes_of(std::string_view(bytes_))) != 0) {
    return Error{ErrorCode::kPermission,
                 "the sealed value does not open: it was sealed with another key or for another setting, or it was "
                 "changed; seal it anew"};
  }
  return secret;
}

}  // namespace mla::security
