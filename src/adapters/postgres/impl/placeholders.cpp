#include "adapters/postgres/impl/placeholders.h"

#include <algorithm>

#include <fmt/format.h>

namespace mla::postgres {
namespace {

bool is_word(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_user(std::string_view word) {
  return word.size() == 4 &&
         std::ranges::equal(word, std::string_view("user"), [](char a, char b) { return (a | 0x20) == b; });
}

// The end of what begins at `begin` and reads as one: a quoted text, a comment, a word, or one character.
std::size_t end_of(std::string_view sql, std::size_t begin) {
  const auto after = [&](std::string_view closing, std::size_t from) {
    const std::size_t at = sql.find(closing, from);
    return at == std::string_view::npos ? sql.size() : at + closing.size();
  };
  const std::string_view rest = sql.substr(begin);
  if (rest.front() == '\'' || rest.front() == '"') return after(rest.substr(0, 1), begin + 1);
  if (rest.starts_with("--")) return after("\n", begin);
  if (rest.starts_with("/*")) return after("*/", begin);
  std::size_t end = begin + 1;
  if (is_word(rest.front())) {
    while (end < sql.size() && is_word(sql[end])) ++end;
  }
  return end;
}

}  // namespace

base::Result<std::string> numbered(std::string_view sql) {
  std::string text;
  int parameters = 0;
  for (std::size_t begin = 0; begin < sql.size();) {
    const std::size_t end = end_of(sql, begin);
    const std::string_view piece = sql.substr(begin, end - begin);
    if (piece == "?") {
      text += fmt::format("${}", ++parameters);
    } else if (is_user(piece) && (begin == 0 || sql[begin - 1] != '.')) {
      return base::Error{base::ErrorCode::kInternal, fmt::format("write \"user\" in quotes in the statement: {}", sql)};
    } else {
      text += piece;
    }
    begin = end;
  }
  return text;
}

}  // namespace mla::postgres
