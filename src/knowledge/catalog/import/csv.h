#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/byte_source.h"

namespace mla::catalog {

struct CsvDialect {
  char separator = ',';
  bool quotes = true;  // false: a quote is a letter like any other (tab-separated .dat files)
  bool require_utf8 = true;
  std::size_t max_row_bytes = std::size_t{1} << 20;
  std::size_t max_columns = 1000;
};

// Reads separated values as RFC 4180 has them, in memory bounded by the longest row allowed: quoted fields may hold
// separators, doubled quotes and newlines; CRLF, a UTF-8 byte order mark and a missing last newline are fine; blank
// lines are passed over. A row that breaks the rules is reported as bad and reading goes on at the next line, so one
// quote that is never closed costs one row and not the rest of the file.
class CsvReader {
 public:
  enum class Row : std::uint8_t { kFields, kBad, kEnd };

  // REQUIRES: `source` outlives the reader.
  explicit CsvReader(ByteSource& source, const CsvDialect& dialect = {});

  // The next row. An error means that the rest cannot be read: I/O, a damaged .gz, a binary or UTF-16 file.
  base::Result<Row> next();

  // Of the row that next() returned, until it is called again.
  std::span<const std::string_view> fields() const { return fields_; }
  std::string_view problem() const { return problem_; }  // why the row is bad
  std::string_view raw() const { return raw_; }          // the front of the row as it stands in the file, cut
  std::uint64_t line() const { return row_line_; }       // where it starts, from 1

 private:
  enum class Parse : std::uint8_t { kDone, kNeedMore, kBad };

  base::Status start();
  base::Status fill();
  std::size_t find_newline();
  void split(std::string_view line);
  Parse parse_quoted();
  base::Result<Row> bad_line(std::string_view why);
  base::Status skip_line();
  Row accept();
  std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }

  ByteSource& source_;
  CsvDialect dialect_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // the row being read starts here
  std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
  std::size_t end_ = 0;
  std::size_t next_ = 0;  // where the row after this one starts
  bool started_ = false;
  bool at_end_ = false;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 0;
  std::uint64_t row_newlines_ = 0;
  std::uint64_t examined_ = 0;  // bytes that the last parse_quoted looked at
  std::uint64_t reread_bytes_ = 0;
  std::string unquoted_;
  std::vector<std::string_view> fields_;
  std::string_view raw_;
  std::string problem_;
};

}  // namespace mla::catalog
