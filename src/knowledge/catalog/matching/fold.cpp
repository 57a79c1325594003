#include "knowledge/catalog/matching/fold.h"

#include <array>
#include <utility>

#include <utf8proc.h>

namespace mla::catalog {
namespace {

// What NFKD leaves alone although taggers write it otherwise.
constexpr std::pair<utf8proc_int32_t, std::string_view> kLetters[] = {
    {0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},   {0xFE, "th"},  {0x111, "d"}, {0x127, "h"},
    {0x131, "i"}, {0x142, "l"}, {0x14B, "ng"}, {0x153, "oe"}, {0x167, "t"}, {0x2044, "/"}};

bool is_dropped_mark(utf8proc_int32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5C7) || (c >= 0x64B && c <= 0x65F) ||
         (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE20 && c <= 0xFE2F);
}

// The ASCII form of a quote, dash or bracket; 0 if it is none.
char plain_punctuation(utf8proc_int32_t c) {
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return '-';
  if (c == 0x2018 || c == 0x2019 || c == 0x201B || c == 0x2BC || c == 0x2BB || c == 0xB4 || c == 0x2032) return '\'';
  if (c == 0x3010 || c == 0x300C || c == 0x300E || c == 0x3014 || c == 0x27E8) return '[';
  if (c == 0x3011 || c == 0x300D || c == 0x300F || c == 0x3015 || c == 0x27E9) return ']';
  return 0;
}

bool is_symbol(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_ZP;  // punctuation, symbols, separators
}

void append(std::string& out, utf8proc_int32_t c) {
  if (c < 0x80) {
    out += c < 0x20 || c == 0x7F ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return;
  }
  if (is_dropped_mark(c)) return;
  for (const auto& [letter, plain] : kLetters) {
    if (c == letter) {
      out += plain;
      return;
    }
  }
  if (const char plain = plain_punctuation(c); plain != 0) {
    out += plain;
    return;
  }
  if (is_symbol(c)) {
    out += ' ';
    return;
  }
  std::array<utf8proc_uint8_t, 4> bytes;
  const utf8proc_ssize_t count = utf8proc_encode_char(c, bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

}  // namespace

std::string fold(std::string_view text) {
  constexpr auto kOptions =
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  std::string folded;
  folded.reserve(text.size());
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    if (bytes[i] < 0x80) {
      append(folded, bytes[i++]);
      continue;
    }
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &point);
    if (length <= 0) {
      folded += ' ';
      ++i;
      continue;
    }
    i += static_cast<std::size_t>(length);
    if (plain_punctuation(point) != 0) {  // before NFKD, which makes a space and a mark of an acute accent
      append(folded, point);
      continue;
    }
    std::array<utf8proc_int32_t, 32> parts;
    int boundary = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char(point, parts.data(), parts.size(), kOptions, &boundary);
    for (utf8proc_ssize_t part = 0; part < count && part < static_cast<utf8proc_ssize_t>(parts.size()); ++part) {
      append(folded, parts[static_cast<std::size_t>(part)]);
    }
  }
  return folded;
}

}  // namespace mla::catalog
