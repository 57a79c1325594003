#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace mla::http {

// The value as JSON for people: 0.1 rather than Boost's 1E-1, "/" and letters beyond ASCII unescaped.
// Text that is not UTF-8 has its bad bytes replaced, so that the answer is always valid JSON.
std::string to_text(const boost::json::value& value);

}  // namespace mla::http
