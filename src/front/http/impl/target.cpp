#include "front/http/impl/target.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

base::Error invalid(std::string what) { return {base::ErrorCode::kInvalidArgument, std::move(what)}; }

}  // namespace

base::Result<std::string> decode_percent(std::string_view encoded, std::string_view what) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      text += encoded[i];
      continue;
    }
    const auto high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : std::nullopt;
    const auto low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : std::nullopt;
    if (!high || !low) {
      return invalid(fmt::format("{} has a '%' that is not followed by two hexadecimal digits", what));
    }
    text += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  if (!base::is_utf8(text)) return invalid(fmt::format("{} is not UTF-8 after percent-decoding", what));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control)) return invalid(fmt::format("{} holds a control character", what));
  return text;
}

base::Result<std::vector<std::string>> split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!base::to_lower(target.substr(0, scheme.size())).starts_with(scheme)) continue;
    const std::size_t slash = target.find_first_of("/?", scheme.size());
    target = slash == std::string_view::npos || target[slash] == '?' ? "/" : target.substr(slash);
    break;
  }
  target = target.substr(0, target.find_first_of("?#"));
  if (!target.starts_with('/')) return invalid("The request target must be a path that starts with '/'");
  std::vector<std::string> segments;
  do {
    target.remove_prefix(1);
    const std::size_t end = std::min(target.find('/'), target.size());
    MLA_ASSIGN(std::string segment, decode_percent(target.substr(0, end), "The path"));
    segments.push_back(std::move(segment));
    target.remove_prefix(end);
  } while (!target.empty());
  return segments;
}

}  // namespace mla::http
