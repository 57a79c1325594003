#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::security {

inline constexpr std::size_t kMinPassword = 12;    // bytes
inline constexpr std::size_t kMaxPassword = 1024;  // bytes

// What one guess costs: argon2id (RFC 9106). The default is libsodium's for logins: 64 MiB, two passes.
struct PasswordCost {
  unsigned long long passes = 2;
  std::size_t memory_bytes = 64 << 20;
};

// Hashes and checks passwords, one at a time, so that a flood of logins takes one thread and one piece of memory and
// not all. Thread-safe.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost = {});

  // In the PHC format, with a salt of its own. kInvalidArgument says which length is allowed; kTooLarge where memory
  // is short. Waits for its turn.
  base::Result<std::string> hash(std::string_view password);

  // Whether this is the password of `hash`; without one it takes the same time and the answer is no, so that nobody
  // learns who exists. kBusy, at once, while another check is running.
  base::Result<bool> check(std::string_view password, const std::string* hash);

 private:
  base::Result<std::string> hash_now(std::string_view password) const;

  const PasswordCost cost_;
  std::mutex turn_;
  std::string nobody_;  // a hash that no password has; guarded by turn_, made with the first check
};

// A password that nobody needs to think of: 24 letters and digits, about 120 bits.
std::string make_password();

}  // namespace mla::security
