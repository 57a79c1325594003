#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Strict, locale-free reading of small pieces of text.
namespace mla::base {

// Without ASCII white space at both ends.
std::string_view trim(std::string_view text);

// The whole text as a finite number; nothing for "", "nan", "inf", trailing characters or overflow.
std::optional<double> parse_double(std::string_view text);

// The whole text as a decimal integer.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Two lower-case hexadecimal digits a byte.
std::string to_hex(std::string_view bytes);

// The bytes that to_hex wrote; nothing for other text.
std::optional<std::string> from_hex(std::string_view text);

// ASCII letters in lower case, other bytes unchanged.
std::string to_lower(std::string_view text);

// True if the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

// Levenshtein distance in bytes; for "did you mean" on short names.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The name nearest to `word`, or nothing if none is within a third of its length (at least 2 edits are forgiven).
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& names);

// Shortest decimal text that reads back as the same double; "0.1" rather than "1E-1".
std::string format_number(double value);

}  // namespace mla::base
