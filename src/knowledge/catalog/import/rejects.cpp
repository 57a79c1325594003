#include "knowledge/catalog/import/rejects.h"

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

// A CSV field: quoted, one line, printable.
std::string quoted(std::string_view text) {
  const bool utf8 = base::is_utf8(text);
  std::string field = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"') field += '"';
    field += byte < 0x20 || byte == 0x7F || (!utf8 && byte >= 0x80) ? '?' : c;
  }
  return field += '"';
}

// At most `limit` bytes, without half a letter at the end.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

Rejects::Rejects(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

void Rejects::add(std::uint64_t line, std::string_view reason, std::string_view row, std::string_view origin) {
  const std::string where = origin.empty() ? fmt::format("{}", line) : fmt::format("{}:{}", origin, line);
  if (count_ == 0) {
    first_ = fmt::format("line {}: {}", where, reason);
    out_.open(file_, std::ios::binary | std::ios::trunc);
    out_ << "line,reason,row\n";
  }
  if (++count_ > kMaxRows) return;
  out_ << where << ',' << quoted(reason) << ',' << quoted(cut(row, kMaxRowBytes)) << '\n';
  if (!out_) writable_ = false;
}

void Rejects::flush() {
  if (count_ > 0 && !out_.flush()) writable_ = false;
}

}  // namespace mla::catalog
