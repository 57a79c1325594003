#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text of foreign files made fit for the catalogue.
namespace mla::catalog {

// Trimmed, control characters turned into spaces, bytes that are not UTF-8 read as Latin-1.
std::string clean_text(std::string_view text);

// The front of UTF-8 text, at most `bytes` long and cut between letters.
std::string cut_text(std::string_view text, std::size_t bytes);

// clean_text in lower case (ASCII), as tags are kept; cut to kMaxTagBytes.
std::string clean_tag(std::string_view text);

// "2019-06-14", "2019-06", "2019" as given; the year of anything else that starts with one; else "".
std::string clean_date(std::string_view text);

}  // namespace mla::catalog
