#include "front/http/impl/multipart.h"

#include <gmock/gmock.h>

namespace mla::http {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kType = "multipart/form-data; boundary=XX";

std::string part(const std::string& headers, const std::string& content) {
  return "--XX\r\n" + headers + "\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, PartsHaveNamesFilesAndBytes) {
  const std::string body = "preamble\r\n" +
                           part(
                               "Content-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".mp3\"\r\n"
                               "Content-Type: audio/mpeg",
                               std::string("\0\r\n--X\r\n\xff", 9)) +
                           part("content-disposition: FORM-DATA; name=note", "") + "--XX--\r\n";
  const auto parts = parse_multipart(kType, body).value();
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_EQ(parts[0].name, "file");
  EXPECT_EQ(parts[0].file_name, "a \"b\".mp3");
  EXPECT_EQ(parts[0].content, std::string("\0\r\n--X\r\n\xff", 9));
  EXPECT_EQ(parts[1].name, "note");
  EXPECT_EQ(parts[1].file_name, std::nullopt);
  EXPECT_EQ(parts[1].content, "");
}

TEST(Multipart, NothingIsAFormToo) {
  EXPECT_TRUE(parse_multipart(kType, "--XX--").value().empty());
  EXPECT_TRUE(parse_multipart("multipart/form-data; charset=utf-8; Boundary=\"XX\"", "--XX--\r\n").value().empty());
}

TEST(Multipart, WhatIsBrokenIsTold) {
  const std::string good = part("Content-Disposition: form-data; name=\"a\"", "1");
  const std::pair<std::string, const char*> cases[] = {
      {"", "boundary"},
      {"text", "boundary"},
      {"--XX", "too early"},
      {"--XX\r\n", "too early"},
      {"--XXX\r\n\r\n--XX--", "too early"},
      {good, "too early"},
      {good + "--XX", "too early"},
      {good + "--XX--trailing", "after its end"},
      {good + good + "--XX--", "two parts"},
      {"--XX\r\nno headers end\r\n--XX--", "headers do not end"},
      {"--XX\r\n\r\ncontent\r\n--XX--", "no form-data"},
      {part("Content-Disposition: attachment; name=\"a\"", "1") + "--XX--", "no form-data"},
      {part("Content-Disposition: form-data", "1") + "--XX--", "without a name"},
      {part("Content-Disposition: form-data; name=\"\"", "1") + "--XX--", "without a name"},
      {part("Content-Disposition: form-data; name=\"a", "1") + "--XX--", "without a name"},
      {part("X: " + std::string(9000, 'x') + "\r\nContent-Disposition: form-data; name=a", "1") + "--XX--",
       "headers do not end"},
  };
  for (const auto& [body, what] : cases) {
    const auto parsed = parse_multipart(kType, body);
    ASSERT_FALSE(parsed.ok()) << body;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message, HasSubstr(what)) << body;
  }
  for (const char* type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"XX", "boundary=XX"}) {
    EXPECT_FALSE(parse_multipart(type, "--XX--").ok()) << type;
  }
  EXPECT_FALSE(parse_multipart("x; boundary=" + std::string(71, 'b'), "--" + std::string(71, 'b') + "--").ok());
  std::string many;
  for (std::size_t i = 0; i <= kMostParts; ++i)
    many += part("Content-Disposition: form-data; name=\"a" + std::to_string(i) + "\"", "1");
  EXPECT_THAT(parse_multipart(kType, many + "--XX--").error().message, HasSubstr("more than 16"));
}

// Every prefix of a good body is answered, and none is taken for a whole one.
TEST(Multipart, NoPrefixIsWhole) {
  const std::string body = part("Content-Disposition: form-data; name=\"a\"; filename=\"b.mp3\"", "content") + "--XX--";
  for (std::size_t length = 0; length < body.size(); ++length)
    EXPECT_FALSE(parse_multipart(kType, body.substr(0, length)).ok()) << length;
  EXPECT_TRUE(parse_multipart(kType, body).ok());
}

TEST(HeaderParameter, IsFoundByName) {
  EXPECT_EQ(header_parameter("a/b; x=1; y=\"2;3\"; z=4", "y"), "2;3");
  EXPECT_EQ(header_parameter("a/b; x=1; y=\"2;3\"; z=4", "z"), "4");
  EXPECT_EQ(header_parameter("a/b; flag; X = 1", "x"), "1");
  EXPECT_EQ(header_parameter("a/b; x=\"1\\\"2\"", "x"), "1\"2");
  EXPECT_EQ(header_parameter("a/b", "x"), std::nullopt);
  EXPECT_EQ(header_parameter("a/b; x=\"open", "x"), std::nullopt);
  EXPECT_EQ(header_parameter("", "x"), std::nullopt);
}

}  // namespace
}  // namespace mla::http
