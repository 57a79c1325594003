#include "foundation/base/json.h"

#include <cmath>

#include <boost/json.hpp>

#include "foundation/base/parse.h"

namespace mla::base {
namespace {

namespace json = boost::json;

// Replaces each byte that does not belong to a well-formed sequence by U+FFFD.
std::string mend_utf8(std::string_view text) {
  std::string mended;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length <= 4 && length <= text.size() && !is_utf8(text.substr(0, length))) ++length;
    if (length <= 4 && length <= text.size()) {
      mended += text.substr(0, length);
      text.remove_prefix(length);
    } else {
      mended += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    }
  }
  return mended;
}

void append_string(std::string& out, std::string_view text) {
  out += is_utf8(text) ? json::serialize(json::string_view(text)) : json::serialize(json::string_view(mend_utf8(text)));
}

void append(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: {
      out += '{';
      bool first = true;
      for (const auto& [key, child] : value.get_object()) {
        if (!first) out += ',';
        first = false;
        append_string(out, key);
        out += ':';
        append(out, child);
      }
      out += '}';
      return;
    }
    case json::kind::array: {
      out += '[';
      bool first = true;
      for (const json::value& child : value.get_array()) {
        if (!first) out += ',';
        first = false;
        append(out, child);
      }
      out += ']';
      return;
    }
    case json::kind::string:
      append_string(out, value.get_string());
      return;
    case json::kind::double_: {
      const double number = value.get_double();
      out += std::isfinite(number) ? format_number(number) : "null";
      return;
    }
    default:
      out += json::serialize(value);
  }
}

}  // namespace

std::string to_json_text(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace mla::base
