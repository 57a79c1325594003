#include "knowledge/catalog/import/json_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Hands out a few bytes a time, so that every boundary is met.
class Dripping final : public ByteSource {
 public:
  Dripping(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  base::Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min({step_, buffer.size(), bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return at_; }
  std::uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t at_ = 0;
  std::string name_ = "x.json";
};

// "line:a" of each record, "line!problem" of each bad one.
std::vector<std::string> rows_of(const std::string& bytes, std::size_t step = 3, std::size_t max_bytes = 1000) {
  Dripping source(bytes, step);
  JsonRecords records(source, max_bytes);
  std::vector<std::string> rows;
  for (;;) {
    const auto row = records.next();
    if (!row.ok()) {
      rows.push_back("error: " + row.error().message);
      return rows;
    }
    if (*row == JsonRecords::Row::kEnd) return rows;
    rows.push_back(*row == JsonRecords::Row::kBad
                       ? std::to_string(records.line()) + "!" + std::string(records.problem())
                       : std::to_string(records.line()) + ":" + std::string(text_of(records.record(), "a")));
  }
}

TEST(JsonRecords, ArraysLinesAndNeighbours) {
  EXPECT_THAT(rows_of("[{\"a\":\"1\"},\n {\"a\":\"2\"}]"), ElementsAre("1:1", "2:2"));
  EXPECT_THAT(rows_of("{\"a\":\"1\"}\n{\"a\":\"2\"}\n"), ElementsAre("1:1", "2:2"));
  EXPECT_THAT(rows_of("{\"a\":\"1\"}{\"a\":\"2\"}"), ElementsAre("1:1", "1:2"));
  EXPECT_THAT(rows_of("\xEF\xBB\xBF[\r\n{\"a\":\"x\"}\r\n]"), ElementsAre("2:x"));
  EXPECT_THAT(rows_of("[]"), ElementsAre());
  EXPECT_THAT(rows_of(""), ElementsAre());
}

TEST(JsonRecords, BracesInTextAndInsideAreNoEnd) {
  EXPECT_THAT(rows_of(R"([{"a":"}{\"]\\","b":{"c":[1,{}]}},{"a":"2"}])", 1), ElementsAre("1:}{\"]\\", "1:2"));
}

TEST(JsonRecords, ABadRowIsOneRow) {
  EXPECT_THAT(rows_of("{\"a\":\"1\"}\nnonsense\n{\"a\":}\n{\"a\":\"4\"}\n"),
              ElementsAre("1:1", HasSubstr("2!not the start"), HasSubstr("3!not JSON"), "4:4"));
  EXPECT_THAT(rows_of("{\"a\":\"never closed}\n{\"a\":\"2\"}\n"), ElementsAre(HasSubstr("1!a text"), "2:2"));
  EXPECT_THAT(rows_of("{\"a\":\"\xFF\"}\n{\"a\":\"2\"}\n"), ElementsAre(HasSubstr("1!not JSON"), "2:2"));
}

TEST(JsonRecords, WhatIsCutOffIsSaid) {
  EXPECT_THAT(rows_of("[{\"a\":\"1\"},{\"a\":\"2"), ElementsAre("1:1", HasSubstr("1!the file ends inside")));
}

TEST(JsonRecords, AnObjectThatIsTooLargeIsOneRow) {
  const std::string large = "{\"a\":\"" + std::string(300'000, 'x') + "\"}";
  EXPECT_THAT(rows_of(large + "\n{\"a\":\"2\"}\n", 50'000), ElementsAre(HasSubstr("1!an object of more than"), "2:2"));
  EXPECT_THAT(rows_of("[" + std::string(100, '[') + "{\"a\":\"1\"}"), ElementsAre("1:1"));
  EXPECT_THAT(rows_of("{\"a\":" + std::string(500, '[') + std::string(500, ']') + "}", 64, 5000),
              ElementsAre(HasSubstr("1!not JSON")));  // deeper than anything real
}

TEST(JsonRecords, WhatFollowsATooLargeObjectIsReadWhereverItStands) {
  const std::string large = "{\"a\":\"" + std::string(900'000, 'x') + "\",\n\"b\":{}\n}";
  EXPECT_THAT(rows_of("[{\"a\":\"1\"}," + large + ",{\"a\":\"3\"}]", 50'000),
              ElementsAre("1:1", HasSubstr("1!an object of more than"), "3:3"))
      << "one row, although it has lines of its own";
  EXPECT_THAT(rows_of("[" + large.substr(0, 800'000), 50'000), ElementsAre(HasSubstr("1!an object of more than")));
  const std::string torn = "{\"a\":\"" + std::string(900'000, 'x') + "\n{\"a\":\"2\"}";
  EXPECT_THAT(rows_of(torn, 50'000), ElementsAre(HasSubstr("1!an object of more than"), "2:2"));
}

TEST(JsonRecords, BinaryAndUtf16AreErrors) {
  EXPECT_THAT(rows_of(std::string("{\0\"\0", 4)), ElementsAre(HasSubstr("error: 'x.json' is not UTF-8")));
}

TEST(JsonRecords, MembersOfEachKind) {
  Dripping source(R"({"t":"x","n":12,"f":1.9,"s":"34","b":true,"z":null,"o":{"i":1}})", 100);
  JsonRecords records(source);
  ASSERT_EQ(records.next().value(), JsonRecords::Row::kRecord);
  const auto& record = records.record();
  EXPECT_EQ(text_of(record, "t"), "x");
  EXPECT_EQ(text_of(record, "n"), "");
  EXPECT_EQ(text_of(record, "z"), "");
  EXPECT_EQ(integer_of(record, "n"), 12);
  EXPECT_EQ(integer_of(record, "f"), 1);
  EXPECT_EQ(integer_of(record, "s"), 34);
  EXPECT_EQ(integer_of(record, "t"), std::nullopt);
  EXPECT_EQ(integer_of(record, "gone"), std::nullopt);
  EXPECT_TRUE(is_true(record, "b"));
  EXPECT_FALSE(is_true(record, "t"));
  EXPECT_EQ(integer_of(*object_of(record, "o"), "i"), 1);
  EXPECT_EQ(object_of(record, "t"), nullptr);
}

}  // namespace
}  // namespace mla::catalog
