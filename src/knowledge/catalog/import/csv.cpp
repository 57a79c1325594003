#include "knowledge/catalog/import/csv.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;
constexpr std::size_t kRawBytes = 200;
// After a bad quote reading goes back to the line after the row's first. Files in which that happens over and over
// are read on instead, so that the work stays in proportion to the file.
constexpr std::uint64_t kMaxRereadBytes = std::uint64_t{64} << 20;
constexpr std::size_t kNone = std::string_view::npos;

std::string_view without_return(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_ascii(std::string_view text) {
  std::uint64_t high = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    high |= word;
  }
  for (; i < text.size(); ++i) high |= static_cast<unsigned char>(text[i]);
  return (high & 0x8080808080808080U) == 0;
}

}  // namespace

CsvReader::CsvReader(ByteSource& source, const CsvDialect& dialect) : source_(source), dialect_(dialect) {}

// Brings more bytes behind the ones at hand; moves the row to the front of the buffer.
base::Status CsvReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kChunk) buffer_.resize(std::max(buffer_.size() * 2, end_ + kChunk));
  MLA_ASSIGN(const std::size_t got, source_.read(std::span(buffer_).subspan(end_)));
  end_ += got;
  at_end_ = got == 0;
  return {};
}

base::Status CsvReader::start() {
  started_ = true;
  while (end_ < 4 && !at_end_) MLA_CHECK(fill());
  const std::string_view text = rest();
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is UTF-16 text: save it as UTF-8", source_.name())};
  }
  if (text.substr(0, 1 << 16).find('\0') != kNone) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is a binary file, expected lines of text", source_.name())};
  }
  if (text.starts_with("\xEF\xBB\xBF")) begin_ = scanned_ = 3;
  return {};
}

// Offset of the newline that ends the physical line at begin_, kNone if it is not in the buffer.
std::size_t CsvReader::find_newline() {
  const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
  if (found == nullptr) {
    scanned_ = end_;
    return kNone;
  }
  scanned_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
  return scanned_;
}

void CsvReader::split(std::string_view line) {
  fields_.clear();
  for (;;) {
    const std::size_t end = line.find(dialect_.separator);
    fields_.push_back(line.substr(0, end));
    if (end == kNone || fields_.size() > dialect_.max_columns) return;
    line.remove_prefix(end + 1);
  }
}

// Parses the row at begin_ field by field, over several lines if need be. Sets next_, row_newlines_ and problem_.
CsvReader::Parse CsvReader::parse_quoted() {
  const std::string_view text = rest();
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(text.size());  // views into it must stay
  row_newlines_ = 0;
  examined_ = text.size();
  std::size_t i = 0;
  for (;;) {
    if (fields_.size() > dialect_.max_columns) break;
    if (i < text.size() && text[i] == '"') {
      const std::size_t start = unquoted_.size();
      for (++i;; ++i) {
        const std::size_t quote = text.find('"', i);
        if (quote == kNone) {
          examined_ = text.size();
          problem_ = "a quote is opened and never closed";
          return at_end_ ? Parse::kBad : Parse::kNeedMore;
        }
        unquoted_.append(text, i, quote - i);
        i = quote + 1;
        if (i == text.size() && !at_end_) return Parse::kNeedMore;
        if (i == text.size() || text[i] != '"') break;
        unquoted_.push_back('"');
      }
      fields_.push_back(std::string_view(unquoted_).substr(start));
      row_newlines_ += static_cast<std::uint64_t>(std::ranges::count(fields_.back(), '\n'));
      const bool crlf = i < text.size() && text[i] == '\r' && (i + 1 == text.size() ? at_end_ : text[i + 1] == '\n');
      if (i + 1 == text.size() && text[i] == '\r' && !at_end_) return Parse::kNeedMore;
      if (crlf) ++i;
      if (i < text.size() && text[i] != dialect_.separator && text[i] != '\n') {
        examined_ = i;
        problem_ = "text after a closing quote";
        return Parse::kBad;
      }
    } else {
      std::size_t end = i;
      while (end < text.size() && text[end] != dialect_.separator && text[end] != '\n' && text[end] != '"') ++end;
      if (end == text.size() && !at_end_) return Parse::kNeedMore;
      if (end < text.size() && text[end] == '"') {
        examined_ = end;
        problem_ = "a quote inside a field that is not quoted";
        return Parse::kBad;
      }
      const std::string_view field = text.substr(i, end - i);
      const bool last = end == text.size() || text[end] == '\n';
      fields_.push_back(last ? without_return(field) : field);
      i = end;
    }
    if (i >= text.size() || text[i] == '\n') break;
    ++i;  // the separator
  }
  const std::size_t newline = text.find('\n', i);
  next_ = newline == kNone ? end_ : begin_ + newline + 1;
  ++row_newlines_;
  return Parse::kDone;
}

// Passes over the physical line at begin_, however long, in the memory at hand.
base::Status CsvReader::skip_line() {
  std::size_t newline = find_newline();
  while (newline == kNone && !at_end_) {
    begin_ = end_;
    MLA_CHECK(fill());
    newline = find_newline();
  }
  next_ = newline == kNone ? end_ : newline + 1;
  row_newlines_ = 1;
  return {};
}

base::Result<CsvReader::Row> CsvReader::bad_line(std::string_view why) {
  problem_ = why;
  // raw() must not point into the buffer: skipping a long line overwrites it.
  unquoted_ = rest().substr(0, std::min(kRawBytes, rest().find('\n')));
  scanned_ = begin_;
  MLA_CHECK(skip_line());
  raw_ = without_return(unquoted_);
  return Row::kBad;
}

// Checks what holds for every row.
CsvReader::Row CsvReader::accept() {
  const std::string_view whole(buffer_.data() + begin_, next_ - begin_);
  raw_ = without_return(whole.substr(0, std::min(kRawBytes, whole.find_last_not_of('\n') + 1)));
  if (fields_.size() > dialect_.max_columns) {
    problem_ = fmt::format("more than {} columns", dialect_.max_columns);
    return Row::kBad;
  }
  if (whole.find('\0') != kNone) {
    problem_ = "a NUL byte";
    return Row::kBad;
  }
  if (dialect_.require_utf8 && !is_ascii(whole) && !base::is_utf8(whole)) {
    problem_ = "not UTF-8";
    return Row::kBad;
  }
  return Row::kFields;
}

base::Result<CsvReader::Row> CsvReader::next() {
  if (!started_) {
    MLA_CHECK(start());
  } else {
    begin_ = scanned_ = next_;
    line_ += row_newlines_;
  }
  for (;;) {
    next_ = begin_;
    row_newlines_ = 0;
    row_line_ = line_;
    if (begin_ == end_ && at_end_) return Row::kEnd;

    const std::size_t newline = find_newline();
    if (newline == kNone && !at_end_) {
      if (end_ - begin_ > dialect_.max_row_bytes) {
        return bad_line(fmt::format("a line of more than {} bytes", dialect_.max_row_bytes));
      }
      MLA_CHECK(fill());
      continue;
    }
    const std::size_t line_end = newline == kNone ? end_ : newline;
    const std::string_view line = without_return({buffer_.data() + begin_, line_end - begin_});
    if (line.size() > dialect_.max_row_bytes) {
      return bad_line(fmt::format("a line of more than {} bytes", dialect_.max_row_bytes));
    }
    if (line.empty()) {
      begin_ = scanned_ = newline == kNone ? end_ : newline + 1;
      ++line_;
      continue;
    }
    if (!dialect_.quotes || std::memchr(line.data(), '"', line.size()) == nullptr) {
      split(line);
      next_ = newline == kNone ? end_ : newline + 1;
      row_newlines_ = 1;
      return accept();
    }
    const Parse parsed = parse_quoted();
    if (parsed == Parse::kDone && next_ - begin_ <= dialect_.max_row_bytes) return accept();
    if (parsed == Parse::kNeedMore && end_ - begin_ <= dialect_.max_row_bytes) {
      MLA_CHECK(fill());
      continue;
    }
    if (parsed == Parse::kDone) problem_ = "a quoted row that is too long";
    if (parsed == Parse::kNeedMore) problem_ = "a quote that is not closed within the longest row allowed";
    reread_bytes_ += examined_;
    if (reread_bytes_ > kMaxRereadBytes) {
      return base::Error{
          base::ErrorCode::kInvalidArgument,
          fmt::format("'{}' has too many broken quotes to be read as CSV (last at line {})", source_.name(), line_)};
    }
    return bad_line(std::string(problem_));
  }
}

}  // namespace mla::catalog
