#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/byte_source.h"

namespace mla::catalog {

// Reads the objects of a JSON file one by one, in memory bounded by the largest object allowed: the elements of one big
// array, one object a line (JSON lines), or objects after each other. A byte order mark is fine. What is no object or
// breaks the rules of JSON is reported as bad and reading goes on at the next object.
class JsonRecords {
 public:
  enum class Row : std::uint8_t { kRecord, kBad, kEnd };

  // REQUIRES: `source` outlives the reader.
  explicit JsonRecords(ByteSource& source, std::size_t max_bytes = std::size_t{16} << 20);
  JsonRecords(const JsonRecords&) = delete;
  JsonRecords& operator=(const JsonRecords&) = delete;
  ~JsonRecords();

  // The next object. An error means that the rest cannot be read: I/O, a damaged .gz, a binary or UTF-16 file.
  base::Result<Row> next();

  // Of the object that next() returned, until it is called again.
  const boost::json::object& record() const { return value_->get_object(); }
  std::string_view problem() const { return problem_; }
  std::string_view raw() const { return raw_; }     // the object as it stands in the file; its front if it is too large
  std::uint64_t line() const { return row_line_; }  // where it starts, from 1

  // The first object of a file, or nothing: for detection.
  static std::optional<boost::json::object> peek(const std::filesystem::path& file);

 private:
  class ObjectEnd;
  base::Result<bool> find_start();
  base::Result<bool> fill();
  base::Result<Row> bad_line(std::string_view why);
  base::Result<Row> pass_over(ObjectEnd& end);
  void drop(std::size_t bytes);
  Row parse(std::string_view text);

  ByteSource& source_;
  std::size_t max_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  bool started_ = false;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 0;
  std::vector<unsigned char> arena_;  // for small objects, used again for each
  std::optional<boost::json::monotonic_resource> memory_;
  std::optional<boost::json::value> value_;  // in memory_
  std::string_view raw_;
  std::string front_;  // what raw_ shows of an object that is too large
  std::string problem_;
};

// A member of an object as text; "" if it is missing, null or no text.
std::string_view text_of(const boost::json::object& object, std::string_view key);
// A member as a whole number, also when it is written as text or with a fraction.
std::optional<std::int64_t> integer_of(const boost::json::object& object, std::string_view key);
// A member that is true.
bool is_true(const boost::json::object& object, std::string_view key);
// A member that is an object, or nullptr.
const boost::json::object* object_of(const boost::json::object& object, std::string_view key);

}  // namespace mla::catalog
