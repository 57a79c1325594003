#include "knowledge/catalog/import/csv.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

// Gives out a text in pieces of a few bytes, so that every boundary of the buffer is met.
class Dribble final : public ByteSource {
 public:
  Dribble(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  base::Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min({piece_, buffer.size(), text_.size() - used_});
    std::copy_n(text_.data() + used_, count, buffer.data());
    used_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return used_; }
  std::uint64_t size() const override { return text_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t used_ = 0;
  std::string name_ = "dribble.csv";
};

// All rows, "line|field|field" each, or "line!reason: raw".
std::vector<std::string> rows_of(const std::string& text, const CsvDialect& dialect = {}, std::size_t piece = 1 << 20) {
  Dribble source(text, piece);
  CsvReader reader(source, dialect);
  std::vector<std::string> rows;
  for (;;) {
    const auto row = reader.next();
    if (!row.ok()) {
      rows.push_back("error " + row.error().message);
      return rows;
    }
    if (*row == CsvReader::Row::kEnd) return rows;
    std::string line = std::to_string(reader.line());
    if (*row == CsvReader::Row::kBad) {
      line += "!" + std::string(reader.problem()) + ": " + std::string(reader.raw());
    } else {
      for (const std::string_view field : reader.fields()) line += "|" + std::string(field);
    }
    rows.push_back(line);
  }
}

TEST(Csv, ReadsPlainRows) {
  EXPECT_THAT(rows_of("a,b\nc,\n,d\n"), ElementsAre("1|a|b", "2|c|", "3||d"));
  EXPECT_THAT(rows_of(""), ElementsAre());
  EXPECT_THAT(rows_of("\n\n"), ElementsAre());
  EXPECT_THAT(rows_of("a\n\nb"), ElementsAre("1|a", "3|b"));
}

TEST(Csv, AcceptsCrlfByteOrderMarkAndAMissingLastNewline) {
  EXPECT_THAT(rows_of("\xEF\xBB\xBFuser,item\r\n1,\"2\"\r\n3,4"), ElementsAre("1|user|item", "2|1|2", "3|3|4"));
  EXPECT_THAT(rows_of("\"a\"\r"), ElementsAre("1|a"));
}

TEST(Csv, ReadsQuotedFields) {
  EXPECT_THAT(rows_of("\"a,b\",\"say \"\"hi\"\"\",\"\"\nx,\"two\nlines\",y\nz\n"),
              ElementsAre("1|a,b|say \"hi\"|", "2|x|two\nlines|y", "4|z"));
}

TEST(Csv, IsTheSameWhateverTheSizeOfTheReads) {
  const std::string text = "\xEF\xBB\xBFh,\"q\"\"1\",\"l\r\n2\"\r\nplain,row,3\r\n\"bad\"x,1,2\n\"open,1\nlast,\"\",e";
  const std::vector<std::string> whole = rows_of(text);
  for (std::size_t piece = 1; piece < 9; ++piece) EXPECT_EQ(rows_of(text, {}, piece), whole) << piece;
  EXPECT_THAT(whole, ElementsAre("1|h|q\"1|l\r\n2", "3|plain|row|3", "4!text after a closing quote: \"bad\"x,1,2",
                                 "5!a quote is opened and never closed: \"open,1", "6|last||e"));
}

TEST(Csv, ABrokenQuoteCostsOneRow) {
  EXPECT_THAT(rows_of("a,\"never closed\nb,1\nc,2\n"),
              ElementsAre("1!a quote is opened and never closed: a,\"never closed", "2|b|1", "3|c|2"));
  EXPECT_THAT(rows_of("7\" mix,1\nb,2\n"),
              ElementsAre("1!a quote inside a field that is not quoted: 7\" mix,1", "2|b|2"));
}

TEST(Csv, RejectsRowsThatAreNotText) {
  const std::string nul("a,b\nc\0d,e\nf,g\n", 14);
  EXPECT_THAT(rows_of("x,y\n" + std::string(70'000, 'z') + "\n" + nul).back(), "5|f|g");
  EXPECT_THAT(rows_of("x,y\n" + std::string(70'000, 'z') + "\n" + nul)[3], HasSubstr("4!a NUL byte"));
  EXPECT_THAT(rows_of("caf\xE9,1\ncaf\xC3\xA9,2\n"), ElementsAre("1!not UTF-8: caf\xE9,1", "2|caf\xC3\xA9|2"));
  EXPECT_THAT(rows_of("caf\xE9,1\n", {.require_utf8 = false}), ElementsAre("1|caf\xE9|1"));
}

TEST(Csv, RefusesBinaryAndUtf16Files) {
  EXPECT_THAT(rows_of(std::string("PK\x03\x04\0\0\0", 7)), ElementsAre(HasSubstr("'dribble.csv' is a binary file")));
  EXPECT_THAT(rows_of(std::string("\xFF\xFEu\0,\0", 6)), ElementsAre(HasSubstr("is UTF-16 text: save it as UTF-8")));
  EXPECT_THAT(rows_of(std::string("\xFE\xFF\0u", 4)), ElementsAre(HasSubstr("UTF-16")));
}

TEST(Csv, LimitsRowsAndColumns) {
  const CsvDialect small{.max_row_bytes = 100, .max_columns = 3};
  const std::string wide = "1,2,3,4\n";
  const std::string long_line(5000, 'x');
  const std::string long_quote = "\"" + std::string(60, 'y') + "\n" + std::string(60, 'y') + "\",1\n";
  EXPECT_THAT(
      rows_of("a\n" + wide + long_line + "\n" + long_quote + "b\n", small),
      ElementsAre("1|a", "2!more than 3 columns: 1,2,3,4", "3!a line of more than 100 bytes: " + std::string(200, 'x'),
                  "4!a quoted row that is too long: \"" + std::string(60, 'y'),
                  "5!a quote inside a field that is not quoted: " + std::string(60, 'y') + "\",1", "6|b"));
}

TEST(Csv, ALineOfAGigabyteIsOneBadRowInBoundedMemory) {
  // The source makes the bytes up as it goes; the reader's buffer is the only memory.
  class Endless final : public ByteSource {
   public:
    base::Result<std::size_t> read(std::span<char> buffer) override {
      largest_ = std::max(largest_, buffer.size());
      static constexpr std::string_view kTail = "\nlast,row\n";
      if (left_ == 0) return std::size_t{0};
      const std::size_t count = std::min<std::size_t>(buffer.size(), left_);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t remaining = left_ - i;
        buffer[i] = remaining <= kTail.size() ? kTail[kTail.size() - remaining] : 'x';
      }
      left_ -= count;
      return count;
    }
    std::uint64_t consumed() const override { return 0; }
    std::uint64_t size() const override { return 0; }
    const std::string& name() const override { return name_; }
    std::size_t left_ = std::size_t{1} << 30;
    std::size_t largest_ = 0;
    std::string name_ = "endless";
  } source;
  CsvReader reader(source);
  ASSERT_EQ(reader.next().value(), CsvReader::Row::kBad);
  EXPECT_EQ(reader.problem(), "a line of more than 1048576 bytes");
  EXPECT_EQ(reader.raw().size(), 200U);
  ASSERT_EQ(reader.next().value(), CsvReader::Row::kFields);
  EXPECT_THAT(reader.fields(), ElementsAre("last", "row"));
  EXPECT_EQ(reader.line(), 2U);
  EXPECT_LT(source.largest_, std::size_t{8} << 20);
}

TEST(Csv, OneQuoteThatIsNeverClosedCostsOneRow) {
  std::string text = "\"open\n";
  for (int i = 1; i < 40'000; ++i) text += "row,of,plain,text,that,follows,the,open,quote\n";
  EXPECT_EQ(rows_of(text).size(), 40'000U);
}

TEST(Csv, EndlessBrokenQuotesAreGivenUp) {
  // Each line opens a quote that only the next line closes: each makes the reader go back over a megabyte.
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\"" + std::string(1'000'000, 'a') + "\n";
  EXPECT_THAT(rows_of(text, {.max_row_bytes = std::size_t{2} << 20}).back(), HasSubstr("has too many broken quotes"));
}

TEST(Csv, WithoutQuotesAQuoteIsALetter) {
  EXPECT_THAT(rows_of("1\t\"A\n2\tB\"c\r\n", {.separator = '\t', .quotes = false}), ElementsAre("1|1|\"A", "2|2|B\"c"));
}

}  // namespace
}  // namespace mla::catalog
