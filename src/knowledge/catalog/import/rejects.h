#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace mla::catalog {

// Rows that an import refused: counted, and written to a CSV file `line,reason,row` that is made with the first of
// them. At most kMaxRows rows are written; all are counted. A file that cannot be written does not stop the import.
class Rejects {
 public:
  static constexpr std::int64_t kMaxRows = 100'000;
  static constexpr std::size_t kMaxRowBytes = 200;

  // A file of an earlier run at this place is removed.
  explicit Rejects(std::filesystem::path file);

  // `row` is cut to kMaxRowBytes; bytes that are not printable UTF-8 become '?'. `origin` names the file where an
  // import has several.
  void add(std::uint64_t line, std::string_view reason, std::string_view row, std::string_view origin = {});

  std::int64_t count() const { return count_; }
  // "line 17: weight '-1' is not a number above 0", of the first row; for a message.
  const std::string& first() const { return first_; }
  // Where they are; empty if there are none or they could not be written.
  std::filesystem::path file() const { return count_ > 0 && writable_ ? file_ : std::filesystem::path(); }
  void flush();

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  bool writable_ = true;
  std::int64_t count_ = 0;
  std::string first_;
};

}  // namespace mla::catalog
