#include "front/http/impl/json_text.h"

#include <fmt/format.h>

#include <cmath>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

namespace json = boost::json;

void append_string(std::string& out, std::string_view text) {
  const bool valid = base::is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else if (byte >= 0x80 && !valid) {
      out += "\\ufffd";
    } else {
      out += c;
    }
  }
  out += '"';
}

void append(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; break;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case json::kind::int64: out += std::to_string(value.get_int64()); break;
    case json::kind::uint64: out += std::to_string(value.get_uint64()); break;
    case json::kind::double_:
      // JSON has no NaN or infinity.
      out += std::isfinite(value.get_double()) ? base::format_number(value.get_double()) : "null";
      break;
    case json::kind::string: append_string(out, value.get_string()); break;
    case json::kind::array: {
      char separator = '[';
      for (const json::value& element : value.get_array()) {
        out += separator;
        append(out, element);
        separator = ',';
      }
      out += value.get_array().empty() ? "[]" : "]";
      break;
    }
    case json::kind::object: {
      char separator = '{';
      for (const auto& member : value.get_object()) {
        out += separator;
        append_string(out, member.key());
        out += ':';
        append(out, member.value());
        separator = ',';
      }
      out += value.get_object().empty() ? "{}" : "}";
      break;
    }
  }
}

}  // namespace

std::string to_text(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace mla::http
