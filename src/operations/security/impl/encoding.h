#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Bytes, texts and hashes, on libsodium.
namespace mla::security {

// libsodium, made ready once a process; std::terminate if it cannot be (no source of random bytes).
void ready_sodium();

// RFC 4648 5, without padding.
std::string to_base64url(std::string_view bytes);
// Strict: nothing for padding, white space, other alphabets and bits that no encoder leaves behind.
std::optional<std::string> from_base64url(std::string_view text);

// `count` bytes of the system's cryptographic generator.
std::string random_bytes(std::size_t count);
// 16 hexadecimal digits: names things, guards nothing.
std::string random_id();

std::string sha256(std::string_view bytes);

// Takes the same time whatever differs; texts of different lengths differ at once.
bool same_bytes(std::string_view a, std::string_view b);

}  // namespace mla::security
