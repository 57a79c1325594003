#include "foundation/base/json.h"

#include <algorithm>
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

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

void append(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: {
      out += '{';
      bool first = true;
      for (const auto& [key, child] : value.get_object()) {
        if (!first) out += ',';
        first = false;
        append_json(out, std::string_view(key));
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
      append_json(out, std::string_view(value.get_string()));
      return;
    case json::kind::double_:
      append_json(out, value.get_double());
      return;
    default:
      out += json::serialize(value);
  }
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return append_json(out, mend_utf8(text));
  out += '"';
  while (!text.empty()) {
    const auto special = std::find_if(text.begin(), text.end(), needs_escape);
    out.append(text.begin(), special);
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
    if (text.empty()) break;
    append_escaped(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

void append_json(std::string& out, double number) { out += std::isfinite(number) ? format_number(number) : "null"; }

std::string to_json_text(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace mla::base
