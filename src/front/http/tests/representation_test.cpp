#include "front/http/impl/representation.h"

#include <gmock/gmock.h>

#include "front/http/impl/gzip.h"

namespace mla::http {
namespace {

Response json(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

std::string fields(std::string names, std::string body) {
  Response response = json(std::move(body));
  keep_fields(names, response);
  return response.body;
}

TEST(KeepFields, OfTheEntriesOfAList) {
  EXPECT_EQ(fields("b, x", R"({"list":[{"a":1,"b":2},{"b":3}],"next":null})"),
            R"({"list":[{"b":2},{"b":3}],"next":null})");
  EXPECT_EQ(fields("b", R"({"list":[null,{"a":1,"b":2}]})"), R"({"list":[null,{"b":2}]})");
}

TEST(KeepFields, OfTheObjectItself) {
  EXPECT_EQ(fields("b", R"({"a":1,"b":[1,2]})"), R"({"b":[1,2]})");
  EXPECT_EQ(fields("", R"({"a":1})"), "{}");
  EXPECT_EQ(fields("a", "[1]"), "[1]");
}

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(Revalidate, WhatIsKnownIsNotSentAgain) {
  Response first = json("{}");
  revalidate({"GET", "/", {}, "", {}}, first);
  EXPECT_EQ(first.status, 200);
  const std::string etag = header(first, "ETag");
  EXPECT_TRUE(etag.starts_with("W/\"")) << etag;
  EXPECT_EQ(header(first, "Cache-Control"), "private, no-cache");
  Response second = json("{}");
  revalidate({"GET", "/", {{"if-none-match", "\"x\", " + etag}}, "", {}}, second);
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(header(second, "ETag"), etag);
  Response changed = json("{\"a\":1}");
  revalidate({"GET", "/", {{"If-None-Match", etag}}, "", {}}, changed);
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(header(changed, "ETag"), etag);
}

TEST(Revalidate, ErrorsAndWhatSaysItselfHowItIsKeptStay) {
  Response error = json("{}");
  error.status = 404;
  revalidate({"GET", "/", {{"If-None-Match", "*"}}, "", {}}, error);
  EXPECT_EQ(error.status, 404);
  EXPECT_THAT(error.headers, testing::IsEmpty());
  Response secret = json("{}");
  secret.headers.emplace_back("Cache-Control", "no-store");
  revalidate({"GET", "/", {}, "", {}}, secret);
  EXPECT_EQ(header(secret, "ETag"), "");
}

TEST(Pack, LargeTextForWhoTakesIt) {
  const std::string text(5000, 'a');
  Response packed = json(text);
  pack({"GET", "/", {{"accept-encoding", "br, gzip"}}, "", {}}, packed);
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), 200u);
  EXPECT_EQ(gunzip(packed.body, text.size()), text);
}

TEST(Pack, NotWhatIsSmallSecretOrNotAskedFor) {
  const auto after = [](Response response, const char* accepts) {
    pack({"GET", "/", {{"Accept-Encoding", accepts}}, "", {}}, response);
    return response;
  };
  EXPECT_EQ(after(json(std::string(1023, 'a')), "gzip").body.size(), 1023u);
  EXPECT_EQ(after(json(std::string(1024, 'a')), "gzip;q=0").body.size(), 1024u);
  EXPECT_EQ(header(after(json(std::string(1024, 'a')), ""), "Vary"), "Accept-Encoding") << "caches keep both apart";
  EXPECT_LT(after(json(std::string(1024, 'a')), "gzip").body.size(), 1024u);
  Response secret = json(std::string(5000, 'a'));
  secret.headers.emplace_back("Cache-Control", "no-store");
  EXPECT_EQ(after(secret, "gzip").body.size(), 5000u);
  Response picture = json(std::string(5000, 'a'));
  picture.content_type = "image/png";
  EXPECT_EQ(after(picture, "gzip").body.size(), 5000u);
}

}  // namespace
}  // namespace mla::http
