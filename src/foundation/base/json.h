#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace mla::base {

// One line of JSON as people read it: Boost.JSON prints 0.1 as 1E-1, this prints 0.1. Numbers read back as the same
// double; NaN and infinity, which JSON lacks, become null. Invalid UTF-8 in strings becomes U+FFFD.
std::string to_json_text(const boost::json::value& value);

// The same of a string and of a number, written behind `out`: for large answers that are asked for often, of which no
// tree has to be made first.
void append_json(std::string& out, std::string_view text);
void append_json(std::string& out, double number);

}  // namespace mla::base
