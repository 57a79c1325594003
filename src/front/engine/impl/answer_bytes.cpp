#include "front/engine/impl/answer_bytes.h"

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace mla::engine {
namespace {

// Of other members or another order: count up the digit.
constexpr std::string_view kMark = "mla-answer-1";

class Writer {
 public:
  void add_mark() { bytes_ += kMark; }
  void add_count(std::size_t count) { add_integer<4>(count); }
  void add_number(double number) { add_integer<8>(std::bit_cast<std::uint64_t>(number)); }
  void add_text(std::string_view text) {
    add_count(text.size());
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <std::size_t kBytes>
  void add_integer(std::uint64_t value) {
    for (std::size_t i = 0; i < kBytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }

  std::string bytes_;
};

// Reads on after a mistake, but only zeros and nothing; whether there was one, `is_done` says.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  void expect_mark() { good_ = take(kMark.size()) == kMark; }
  // Of things that take `each` bytes or more, so that no more are promised than can come.
  std::size_t count(std::size_t each) {
    const auto count = static_cast<std::size_t>(integer<4>());
    if (count <= rest_.size() / each) return count;
    good_ = false;
    return 0;
  }
  double number() { return std::bit_cast<double>(integer<8>()); }
  std::string text() { return std::string(take(count(1))); }
  void require(bool condition) { good_ = good_ && condition; }
  bool is_done() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t bytes) {
    if (!good_ || bytes > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  template <std::size_t kBytes>
  std::uint64_t integer() {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (const char byte : take(kBytes)) {
      value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return value;
  }

  std::string_view rest_;
  bool good_ = true;
};

constexpr std::size_t kLeastText = 4;                      // its length
constexpr std::size_t kLeastOne = 5 * kLeastText + 8 + 4;  // a recommendation of empty texts

}  // namespace

std::string encode_answer(const recommend::Answer& answer) {
  Writer writer;
  writer.add_mark();
  writer.add_text(answer.model);
  writer.add_count(answer.notes.size());
  for (const std::string& note : answer.notes) writer.add_text(note);
  writer.add_count(answer.recommendations.size());
  for (const recommend::Recommendation& one : answer.recommendations) {
    writer.add_text(one.track_id.str());
    writer.add_text(one.track_name);
    writer.add_text(one.artist_name);
    writer.add_text(one.album);
    writer.add_number(one.confidence_score);
    writer.add_text(one.recommendation_reason);
    writer.add_count(one.evidence.size());
    for (const base::ItemId& id : one.evidence) writer.add_text(id.str());
  }
  return writer.take();
}

std::optional<recommend::Answer> decode_answer(std::string_view bytes) {
  Reader reader(bytes);
  reader.expect_mark();
  recommend::Answer answer;
  answer.model = reader.text();
  answer.notes.resize(reader.count(kLeastText));
  for (std::string& note : answer.notes) note = reader.text();
  answer.recommendations.resize(reader.count(kLeastOne));
  for (recommend::Recommendation& one : answer.recommendations) {
    one.track_id = base::ItemId(reader.text());
    one.track_name = reader.text();
    one.artist_name = reader.text();
    one.album = reader.text();
    one.confidence_score = reader.number();
    reader.require(one.confidence_score >= 0 && one.confidence_score <= 1);  // NaN is neither
    one.recommendation_reason = reader.text();
    const std::size_t evidence = reader.count(kLeastText);
    for (std::size_t i = 0; i < evidence; ++i) one.evidence.emplace_back(reader.text());
  }
  if (!reader.is_done()) return std::nullopt;
  return answer;
}

}  // namespace mla::engine
