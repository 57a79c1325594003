#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mla::redis {

// What is stored under the hash of a key: the key itself in front of the bytes, so that two keys of one hash are told
// apart, and a hash of both behind them, so that a value which somebody else wrote or cut is seen.
std::string wrap(std::string_view key, std::string_view bytes);

// The bytes, as a view of `envelope`; nothing unless wrap() made it for this key.
std::optional<std::string_view> unwrap(std::string_view key, std::string_view envelope);

// 128 bits of XXH3 in 32 hexadecimal digits.
std::string hash_of(std::string_view key);

}  // namespace mla::redis
