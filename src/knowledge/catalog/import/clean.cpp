#include "knowledge/catalog/import/clean.h"

#include <algorithm>

#include "foundation/base/parse.h"
#include "knowledge/catalog/item.h"

namespace mla::catalog {
namespace {

std::string from_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return utf8;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string clean = base::is_utf8(text) ? std::string(text) : from_latin1(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return std::string(base::trim(clean));
}

std::string cut_text(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes));
}

std::string clean_tag(std::string_view text) { return cut_text(base::to_lower(clean_text(text)), kMaxTagBytes); }

std::string clean_date(std::string_view text) {
  Item probe;
  probe.id = base::ItemId("-");
  for (const std::size_t length : {10, 7, 4}) {
    if (text.size() < length) continue;
    probe.release_date = text.substr(0, length);
    if (check(probe).ok()) return probe.release_date;
  }
  return {};
}

}  // namespace mla::catalog
