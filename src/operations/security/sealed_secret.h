#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::security {

// What a sealed value begins with; the rest is base64url of a nonce, the cipher text and its tag.
inline constexpr std::string_view kSealedPrefix = "sealed:v1:";

// A key of 32 bytes that seals secrets for configuration files with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, by
// libsodium) and opens them. What is sealed for one setting opens for no other, so that nobody who can only change the
// file gets a secret sent to where another setting points. Forgotten, byte by byte, at the end.
class SealingKey {
 public:
  // Of base64, as `openssl rand -base64 32` writes it, white space around it ignored.
  static base::Result<SealingKey> parse(std::string_view text);
  // The key of the file, if one is given; else of the variable ML_SECRETS_KEY, else of the file that
  // ML_SECRETS_KEY_FILE names. The error says where it was looked for. A file that everybody can read is refused.
  static base::Result<SealingKey> find(const std::filesystem::path& file = {});

  SealingKey(SealingKey&& other) noexcept;
  SealingKey& operator=(SealingKey&& other) = delete;
  ~SealingKey();

  // Another text each time.
  std::string seal(std::string_view setting, std::string_view secret) const;
  // kInvalidArgument for what is no sealed value; kPermission if it was sealed with another key, for another setting,
  // or was changed since, which cannot be told apart.
  base::Result<std::string> open(std::string_view setting, std::string_view sealed) const;

 private:
  explicit SealingKey(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace mla::security
