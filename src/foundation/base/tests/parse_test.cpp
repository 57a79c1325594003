#include "foundation/base/parse.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace mla::base {
namespace {

TEST(Trim, RemovesAsciiWhiteSpaceAtBothEndsOnly) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\u00a0x"), "\u00a0x");
}

TEST(ParseDouble, ReadsTheWholeText) {
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_EQ(parse_double("-2e3"), -2000.0);
  EXPECT_EQ(parse_double("+7"), 7.0);
  EXPECT_EQ(parse_double("1e-300"), 1e-300);
  EXPECT_EQ(parse_double(".5"), 0.5);
}

TEST(ParseDouble, RefusesEverythingElse) {
  for (const char* text : {"", " ", "+", "-", "1 ", " 1", "1.5x", "nan", "NaN", "inf", "-inf", "infinity", "1e999",
                           "0x10", "1,5", "+-5", "++5", "--5", "1e"}) {
    EXPECT_FALSE(parse_double(text).has_value()) << '\'' << text << '\'';
  }
}

TEST(ParseInteger, ReadsTheWholeRange) {
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("007"), 7);
}

TEST(ParseInteger, RefusesEverythingElse) {
  for (const char* text : {"", "1.0", "1e3", "9223372036854775808", " 1", "1 ", "0x1", "-", "--1"}) {
    EXPECT_FALSE(parse_integer(text).has_value()) << '\'' << text << '\'';
  }
}

TEST(Hex, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xa5\xff", 4)), "000fa5ff");
  EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, RefusesWhatItDoesNotWrite) {
  for (const char* text : {"0", "abc", "0g", "g0", "AB", "0x", " 0", "00 "})
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(ToLower, ChangesAsciiOnly) {
  EXPECT_EQ(to_lower("DooM Metal"), "doom metal");
  EXPECT_EQ(to_lower("\xC3\x84 Z"), "\xC3\x84 z");
}

TEST(IsUtf8, AcceptsEveryWellFormedLength) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain"));
  EXPECT_TRUE(is_utf8("Sigur R\xC3\xB3s"));  // 2 bytes
  EXPECT_TRUE(is_utf8("\xE2\x82\xAC"));      // 3 bytes, U+20AC
  EXPECT_TRUE(is_utf8("\xF0\x9F\x8E\xB5"));  // 4 bytes, U+1F3B5
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF"));      // U+D7FF, just below the surrogates
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));  // U+10FFFF
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(IsUtf8, RefusesIllFormedSequences) {
  for (const char* text :
       {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "M\xF6tley"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(EditDistance, MatchesHandWorkedCases) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("ab", "ba"), 2u);
  EXPECT_EQ(edit_distance("embeding_dim", "embedding_dim"), edit_distance("embedding_dim", "embeding_dim"));
}

TEST(NearestName, FindsATypoAndNothingFar) {
  const std::vector<std::string> names{"batch_size", "epochs", "embedding_dim"};
  EXPECT_EQ(nearest_name("embeding_dim", names), "embedding_dim");
  EXPECT_EQ(nearest_name("epoch", names), "epochs");
  EXPECT_EQ(nearest_name("zzzzzzzz", names), std::nullopt);
  EXPECT_EQ(nearest_name("epochs", {}), std::nullopt);
}

TEST(NearestName, TheFirstOfEquallyNearWins) { EXPECT_EQ(nearest_name("cat", {"bat", "hat"}), "bat"); }

TEST(FormatNumber, IsWhatAPersonWouldWrite) {
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(100), "100");
  EXPECT_EQ(format_number(-2.5), "-2.5");
  EXPECT_EQ(format_number(1e-6), "0.000001");
  EXPECT_EQ(format_number(1e20), "1e+20");
  EXPECT_EQ(format_number(0.30000000000000004), "0.30000000000000004");
}

TEST(FormatNumber, ReadsBackAsTheSameDouble) {
  for (const double value : {1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 123456789.123456789, 1e15, -1e-7}) {
    EXPECT_EQ(parse_double(format_number(value)), value) << format_number(value);
  }
}

}  // namespace
}  // namespace mla::base
