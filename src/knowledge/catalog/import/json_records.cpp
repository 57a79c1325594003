#include "knowledge/catalog/import/json_records.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

namespace json = boost::json;

constexpr std::size_t kChunk = std::size_t{1} << 18;
constexpr std::size_t kArena = std::size_t{1} << 16;
constexpr std::size_t kFrontKept = 512;  // of an object that is too large

}  // namespace

// Finds where an object ends, from chunk to chunk.
class JsonRecords::ObjectEnd {
 public:
  enum class State : std::uint8_t { kMore, kEnd, kBroken };

  // Looks at text[from..]; afterwards position() is behind what was seen. kBroken: a line ends inside a string.
  State scan(std::string_view text) {
    for (; at_ < text.size(); ++at_) {
      const char c = text[at_];
      if (in_string_) {
        if (escaped_) {
          escaped_ = false;
        } else if (c == '\\') {
          escaped_ = true;
        } else if (c == '"') {
          in_string_ = false;
        } else if (c == '\n') {
          return State::kBroken;
        }
        continue;
      }
      if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++depth_;
      } else if (c == '}' || c == ']') {
        if (--depth_ == 0) {
          ++at_;
          return State::kEnd;
        }
      }
    }
    return State::kMore;
  }
  std::size_t position() const { return at_; }
  // What was looked at is dropped: the text goes on at its front.
  void forget() { at_ = 0; }

 private:
  std::size_t at_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

JsonRecords::JsonRecords(ByteSource& source, std::size_t max_bytes)
    : source_(source), max_bytes_(max_bytes), buffer_(kChunk), arena_(kArena) {}
JsonRecords::~JsonRecords() = default;

// Makes room and reads on; false at the end of the file.
base::Result<bool> JsonRecords::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  MLA_ASSIGN(const std::size_t got, source_.read({buffer_.data() + end_, buffer_.size() - end_}));
  if (std::memchr(buffer_.data() + end_, 0, got) != nullptr) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is not UTF-8 text (it has zero bytes): is it JSON?", source_.name())};
  }
  end_ += got;
  at_end_ = got == 0;
  return !at_end_;
}

// Moves to the next thing that is not between objects; false at the end of the file.
base::Result<bool> JsonRecords::find_start() {
  for (;;) {
    for (; begin_ < end_; ++begin_) {
      const char c = buffer_[begin_];
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != ',' && c != '[' && c != ']') return true;
    }
    MLA_ASSIGN(const bool more, fill());
    if (!more) return false;
  }
}

// Reports what is here as bad and goes to the next line.
base::Result<JsonRecords::Row> JsonRecords::bad_line(std::string_view why) {
  problem_ = why;
  const char* newline = nullptr;
  for (std::size_t seen = begin_;;) {
    newline = static_cast<const char*>(std::memchr(buffer_.data() + seen, '\n', end_ - seen));
    if (newline != nullptr) break;
    if (end_ - begin_ > kChunk) begin_ = end_ - kChunk / 2;  // a long line need not be kept
    seen = end_ - begin_;
    MLA_ASSIGN(const bool more, fill());
    if (!more) break;
  }
  const std::size_t end = newline == nullptr ? end_ : static_cast<std::size_t>(newline - buffer_.data());
  raw_ = {buffer_.data() + begin_, end - begin_};
  begin_ = end;
  return Row::kBad;
}

// Reports an object that is too large as bad and goes to its end, without keeping it.
base::Result<JsonRecords::Row> JsonRecords::pass_over(ObjectEnd& end) {
  problem_ = fmt::format("an object of more than {} bytes", max_bytes_);
  front_.assign(buffer_.data() + begin_, std::min(end_ - begin_, kFrontKept));
  raw_ = front_;
  for (;;) {
    drop(end_ - begin_);
    end.forget();
    MLA_ASSIGN(const bool more, fill());
    if (!more) return Row::kBad;
    const ObjectEnd::State state = end.scan({buffer_.data() + begin_, end_ - begin_});
    if (state == ObjectEnd::State::kMore) continue;
    drop(end.position());
    return state == ObjectEnd::State::kEnd ? Row::kBad : bad_line(problem_);
  }
}

// Goes on behind so many bytes.
void JsonRecords::drop(std::size_t bytes) {
  const char* from = buffer_.data() + begin_;
  line_ += static_cast<std::uint64_t>(std::count(from, from + bytes, '\n'));
  begin_ += bytes;
}

JsonRecords::Row JsonRecords::parse(std::string_view text) {
  raw_ = text;
  value_.reset();
  memory_.emplace(arena_.data(), arena_.size());  // takes more from the heap where an object is larger
  json::error_code error;
  value_.emplace(json::parse(text, error, &*memory_));
  if (!error) return Row::kRecord;
  problem_ = fmt::format("not JSON: {}", error.message());
  return Row::kBad;
}

base::Result<JsonRecords::Row> JsonRecords::next() {
  if (!started_) {
    started_ = true;
    MLA_CHECK(fill());
    if (std::string_view(buffer_.data(), end_).starts_with("\xEF\xBB\xBF")) begin_ = 3;
  }
  MLA_ASSIGN(const bool more, find_start());
  if (!more) return Row::kEnd;
  row_line_ = line_;
  if (buffer_[begin_] != '{') return bad_line("not the start of an object");
  ObjectEnd end;
  for (;;) {
    const ObjectEnd::State state = end.scan({buffer_.data() + begin_, end_ - begin_});
    if (state == ObjectEnd::State::kEnd) break;
    if (state == ObjectEnd::State::kBroken) return bad_line("a text that is not closed on its line");
    if (end_ - begin_ > max_bytes_) return pass_over(end);
    MLA_ASSIGN(const bool read, fill());
    if (read) continue;
    problem_ = "the file ends inside this object: the copy or download was cut off";
    raw_ = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    return Row::kBad;
  }
  const std::string_view text(buffer_.data() + begin_, end.position());
  drop(text.size());
  return parse(text);
}

std::optional<json::object> JsonRecords::peek(const std::filesystem::path& file) {
  const auto source = open_source(file);
  if (!source.ok()) return std::nullopt;
  JsonRecords records(**source, std::size_t{1} << 20);
  const auto row = records.next();
  if (!row.ok() || *row != Row::kRecord) return std::nullopt;
  return json::object(records.record(), json::storage_ptr());
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> integer_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  const auto* fraction = value->if_double();
  const auto number = fraction != nullptr ? std::optional(*fraction) : base::parse_double(text_of(object, key));
  if (!number || std::abs(*number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

}  // namespace mla::catalog
