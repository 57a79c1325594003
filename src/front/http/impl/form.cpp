#include "front/http/impl/form.h"

#include <algorithm>

#include <fmt/format.h>

#include "front/http/impl/target.h"

namespace mla::http {

namespace {

constexpr std::size_t kMaxFields = 32;

}  // namespace

base::Result<std::string> decode_form_text(std::string_view text, std::string_view what) {
  std::string plain(text);
  std::ranges::replace(plain, '+', ' ');
  return decode_percent(plain, what);
}

base::Result<std::map<std::string, std::string, std::less<>>> parse_form(std::string_view body, std::string_view what) {
  std::map<std::string, std::string, std::less<>> fields;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view field = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    MLA_ASSIGN(std::string name, decode_form_text(field.substr(0, equals), what));
    MLA_ASSIGN(std::string value, decode_form_text(field.substr(std::min(equals + 1, field.size())), what));
    if (fields.size() == kMaxFields) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("{} has more than {} fields", what, kMaxFields)};
    }
    if (!fields.emplace(std::move(name), std::move(value)).second) {
      return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("{} has a field that comes twice", what)};
    }
  }
  return fields;
}

}  // namespace mla::http
