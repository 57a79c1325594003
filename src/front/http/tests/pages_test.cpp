#include "front/http/impl/handlers/pages.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "front/http/impl/gzip.h"
#include "front/http/tests/api_fixture.h"

namespace mla::http {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header(const Response& response, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : response.headers) {
    if (key == name) all += (all.empty() ? "" : ", ") + value;
  }
  return all;
}

// As a browser asks: without a token, through all of the middleware.
class PagesTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    service = std::make_unique<Service>(page_routes(), metrics, callers->security());
  }
  Response get(std::string target, Headers headers = {}, std::string method = "GET") {
    return service->handle({std::move(method), std::move(target), std::move(headers), {}, {}});
  }
  static const PageFile& file(std::string_view path) { return *std::ranges::find(page_files(), path, &PageFile::path); }
};

TEST_F(PagesTest, BothAreThereForEverybody) {
  for (const char* path : {"/docs", "/redoc"}) {
    const Response response = get(path, {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(response.body, HasSubstr("openapi.json"));
    EXPECT_EQ(response.body.size(), file(path).size);
  }
}

TEST_F(PagesTest, OwnScriptsAloneAndNoOtherHost) {
  const std::string policy = header(get("/docs"), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("connect-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("http")));
  for (const PageFile& one : page_files()) {
    if (!one.content_type.starts_with("text/html")) continue;
    const std::string text = get(std::string(one.path)).body;
    EXPECT_THAT(text, Not(HasSubstr("://"))) << one.path;
    for (std::size_t at = text.find("<script"); at != std::string::npos; at = text.find("<script", at + 1))
      EXPECT_EQ(text.compare(at, 13, "<script src=\""), 0) << one.path;
    EXPECT_THAT(text, Not(HasSubstr("<style"))) << one.path;
    EXPECT_THAT(text, Not(HasSubstr("?v={"))) << one.path;
  }
}

TEST_F(PagesTest, EveryFileThatAPageNamesIsThereInThatVersion) {
  std::size_t named = 0;
  for (const char* path : {"/docs", "/redoc"}) {
    const std::string text = get(path).body;
    for (std::size_t at = text.find("?v="); at != std::string::npos; at = text.find("?v=", at + 1)) {
      const std::size_t begin = text.rfind('"', at) + 1;
      const std::string target = "/" + text.substr(begin, text.find('"', at) - begin);
      const Response response = get(target, {{"Accept", "text/css,*/*;q=0.1"}});
      EXPECT_EQ(response.status, 200) << target;
      EXPECT_EQ(header(response, "Cache-Control"), "public, max-age=31536000, immutable") << target;
      ++named;
    }
  }
  if (named == 0) GTEST_SKIP() << "skipped: built without npm";
  EXPECT_GE(named, 7u);
  EXPECT_EQ(get("/docs/swagger-ui-bundle.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/docs/swagger-ui.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/docs/favicon-32x32.png").body.substr(1, 3), "PNG");
  EXPECT_THAT(get("/docs/oauth2-redirect").body, HasSubstr("oauth2-redirect.js"));
  EXPECT_THAT(get("/redoc/redoc.standalone.js.LICENSE.txt").body, HasSubstr("MIT"));
}

TEST_F(PagesTest, WithoutTheVersionAClientAsksAgain) {
  EXPECT_EQ(header(get("/docs"), "Cache-Control"), "public, no-cache");
  EXPECT_EQ(header(get("/docs?v=0"), "Cache-Control"), "public, no-cache");
}

TEST_F(PagesTest, WhatIsKnownIsNotSentAgain) {
  const std::string etag = header(get("/redoc"), "ETag");
  EXPECT_EQ(etag, fmt::format("W/\"{}\"", file("/redoc").version));
  const Response known = get("/redoc", {{"If-None-Match", etag}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.body, "");
  EXPECT_EQ(header(known, "ETag"), etag);
  EXPECT_EQ(get("/redoc", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(PagesTest, GoesOutAsItWasPackedToWhoTakesThat) {
  const Response plain = get("/docs");
  const Response packed = get("/docs", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), plain.body.size());
  EXPECT_EQ(gunzip(packed.body, plain.body.size()), plain.body);
  EXPECT_EQ(header(get("/docs", {{"Accept-Encoding", "gzip;q=0"}}), "Content-Encoding"), "");
}

// A large one must not be packed a second time on its way.
TEST_F(PagesTest, IsPackedOnce) {
  const auto largest = std::ranges::max_element(page_files(), {}, &PageFile::size);
  const Response packed = get(std::string(largest->path), {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body.size(), largest->gzip.size());
  EXPECT_EQ(gunzip(packed.body, largest->size), get(std::string(largest->path)).body);
}

TEST_F(PagesTest, NothingElse) {
  for (const char* target : {"/docs/none.js", "/docs/..%2Fdocs", "/redoc/docs.js", "/docs/"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }
  EXPECT_EQ(get("/docs", {}, "POST").status, 405);
  EXPECT_EQ(get("/docs", {{"Accept", "application/json"}}).status, 406);
  EXPECT_EQ(get("/docs", {}, "HEAD").status, 200);
}

TEST(Page, OneThatIsNotAsItWasPackedIsNotSent) {
  const unsigned char nonsense[] = {1, 2, 3};
  const PageFile files[] = {{"/docs", "text/html", "0", nonsense, 10}};
  const Request request{"GET", "/docs", {}, "", {}};
  const security::Caller nobody;
  EXPECT_THROW(page(files, {request, "", "", nobody}), std::runtime_error);
}

}  // namespace
}  // namespace mla::http
