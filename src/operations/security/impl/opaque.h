#pragma once

#include <string>
#include <string_view>

// Secrets that say nothing by themselves: a prefix by which a leaked one is recognised, and 32 random bytes.
namespace mla::security {

inline constexpr std::string_view kRefreshPrefix = "mlr_";
inline constexpr std::string_view kKeyPrefix = "mlk_";

std::string make_secret(std::string_view prefix);
// As it is kept: SHA-256 in hexadecimal. A secret of 256 random bits needs no salt and no slow hash.
std::string hash_of_secret(std::string_view secret);

}  // namespace mla::security
