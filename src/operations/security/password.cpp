#include "operations/security/password.h"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

#include "foundation/base/parse.h"
#include "operations/security/impl/encoding.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;

PasswordHasher::PasswordHasher(PasswordCost cost) : cost_(cost) { ready_sodium(); }

Result<std::string> PasswordHasher::hash_now(std::string_view password) const {
  char text[crypto_pwhash_argon2id_STRBYTES];
  if (crypto_pwhash_argon2id_str(text, password.data(), password.size(), cost_.passes, cost_.memory_bytes) != 0) {
    return Error{ErrorCode::kTooLarge, "there is not enough memory to hash a password (64 MiB): free some, try again"};
  }
  return std::string(text);
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
  if (password.size() < kMinPassword || password.size() > kMaxPassword) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("the password has {} bytes; take {} to {}", password.size(), kMinPassword, kMaxPassword)};
  }
  if (!base::is_utf8(password) ||
      std::ranges::any_of(password, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return Error{ErrorCode::kInvalidArgument, "the password must be UTF-8 without control characters"};
  }
  const std::lock_guard lock(turn_);
  return hash_now(password);
}

Result<bool> PasswordHasher::check(std::string_view password, const std::string* hash) {
  const std::unique_lock lock(turn_, std::try_to_lock);
  if (!lock.owns_lock()) return Error{ErrorCode::kBusy, "another login is being checked; try again in a moment"};
  if (nobody_.empty()) {
    MLA_ASSIGN(nobody_, hash_now(random_bytes(32)));
  }
  // What is too long was never taken as a password, and must not make work.
  const std::string_view tried = password.substr(0, kMaxPassword);
  const std::string& against = hash != nullptr ? *hash : nobody_;
  const bool same = crypto_pwhash_argon2id_str_verify(against.c_str(), tried.data(), tried.size()) == 0;
  return same && hash != nullptr && tried.size() == password.size();
}

std::string make_password() {
  // No letters that are taken for digits; 32 of them, so that a byte's low five bits choose one evenly.
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(kLetters.size() == 32);
  std::string password;
  for (const char byte : random_bytes(24)) password += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  return password;
}

}  // namespace mla::security
