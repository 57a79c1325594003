#include "front/http/impl/cors.h"

#include <gmock/gmock.h>

#include "front/http/impl/errors.h"
#include "front/http/impl/service.h"
#include "front/http/tests/known_callers.h"

// Browsers: pages of other origins, and what they may do with an answer.
namespace mla::http {
namespace {

using security::Permission;
using testing::HasSubstr;

class BrowserTest : public testing::Test {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Response ask(const std::string& method, const std::string& target, const Headers& headers,
               std::vector<std::string> origins, bool tls = false) {
    Service service({{"GET", "/open", Access::open(), [](const Call&) { return Response{}; }},
                     {"PUT", "/open", Access::of(Permission::kWriteTracks), [](const Call&) { return Response{}; }},
                     {"GET", "/kept", Access::open(),
                      [](const Call&) {
                        Response response;
                        response.headers = {{"Cache-Control", "max-age=60"}, {"Content-Security-Policy", "mine"}};
                        return response;
                      }},
                     {"GET", "/throw", Access::open(), [](const Call&) -> Response { throw std::runtime_error("x"); }}},
                    metrics, callers.security(), {{}, Cors(std::move(origins)), tls});
    return service.handle({method, target, headers, "", {}});
  }
  Response preflight(const std::string& target, const std::string& origin, std::vector<std::string> origins) {
    return ask("OPTIONS", target,
               {{"Origin", origin},
                {"Access-Control-Request-Method", "PUT"},
                {"Access-Control-Request-Headers", "authorization,content-type"}},
               std::move(origins));
  }

  // All values of that name, as one.
  static std::string header(const Response& response, std::string_view name) {
    std::string all;
    for (const auto& [key, value] : response.headers) {
      if (key == name) all += (all.empty() ? "" : ", ") + value;
    }
    return all;
  }

  const std::vector<std::string> app = {"https://app.example", "http://localhost:3000"};
  telemetry::Metrics metrics;
  base::ManualClock clock{1'700'000'000'000};
  std::unique_ptr<store::Database> database = store::fresh_database();
  KnownCallers callers{*database, clock};
};

TEST_F(BrowserTest, APageOfAListedOriginMayReadTheAnswer) {
  const Response response = ask("GET", "/open", {{"Origin", "http://localhost:3000"}}, app);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "http://localhost:3000");
  EXPECT_THAT(header(response, "Access-Control-Expose-Headers"), HasSubstr("X-Request-ID"));
  EXPECT_EQ(header(response, "Vary"), "Origin");
}

TEST_F(BrowserTest, OthersMayNot) {
  for (const char* origin : {"https://evil.example", "https://app.example.evil.example", "http://app.example",
                             "https://app.example:8443", "https://APP.example", "null", "*", "https://app.example/"}) {
    const Response response = ask("GET", "/open", {{"Origin", origin}}, app);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "") << origin;
    EXPECT_EQ(header(response, "Vary"), "Origin") << origin;
    const Response asked = preflight("/open", origin, app);
    EXPECT_EQ(header(asked, "Access-Control-Allow-Origin"), "") << origin;
    EXPECT_EQ(header(asked, "Access-Control-Allow-Methods"), "") << origin;
  }
}

// A cache that kept the answer for somebody without an origin must not give it to a page, nor the reverse.
TEST_F(BrowserTest, AnswersVaryByOriginAlsoWithoutOne) {
  EXPECT_EQ(header(ask("GET", "/open", {}, app), "Vary"), "Origin");
  EXPECT_EQ(header(ask("GET", "/open", {}, {}), "Vary"), "");
  EXPECT_EQ(header(ask("GET", "/open", {{"Origin", "https://app.example"}}, {}), "Access-Control-Allow-Origin"), "");
}

// A page has to see why it was refused.
TEST_F(BrowserTest, ErrorsCarryItToo) {
  const Headers origin = {{"Origin", "https://app.example"}};
  for (const auto& [method, target, status] :
       {std::tuple{"PUT", "/open", 401}, {"GET", "/nowhere", 404}, {"DELETE", "/open", 405}, {"GET", "/throw", 500}}) {
    const Response response = ask(method, target, origin, app);
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://app.example") << target;
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << target;
  }
}

TEST_F(BrowserTest, APreflightIsAnsweredWithoutAToken) {
  const Response response = preflight("/open", "https://app.example", app);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(header(response, "Access-Control-Allow-Methods"), "GET, HEAD, PUT, OPTIONS");
  for (const char* name : {"Authorization", "Content-Type", "X-API-Key"}) {
    EXPECT_THAT(header(response, "Access-Control-Allow-Headers"), HasSubstr(name));
  }
  EXPECT_EQ(header(response, "Access-Control-Max-Age"), "7200");
  EXPECT_THAT(header(response, "Vary"), HasSubstr("Access-Control-Request-Headers, Origin"));
  EXPECT_EQ(preflight("/nowhere", "https://app.example", app).status, 404);
  // Without the question it is OPTIONS as ever.
  EXPECT_EQ(header(ask("OPTIONS", "/open", {{"Origin", "https://app.example"}}, app), "Allow"),
            "GET, HEAD, PUT, OPTIONS");
}

// Every page: allowed where an operator says so, but never with credentials, nor is any other.
TEST_F(BrowserTest, NeverWithCredentials) {
  const Response anyone = ask("GET", "/open", {{"Origin", "https://evil.example"}}, {"*"});
  EXPECT_EQ(header(anyone, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(anyone, "Vary"), "") << "it is the same for all";
  for (const auto& origins : {std::vector<std::string>{"*"}, app}) {
    for (const Response& response :
         {ask("GET", "/open", {{"Origin", "https://app.example"}, {"Cookie", "a=b"}}, origins),
          preflight("/open", "https://app.example", origins)}) {
      EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), "");
    }
  }
}

TEST_F(BrowserTest, EveryAnswerSaysWhatABrowserMayDoWithIt) {
  for (const auto& [method, target] : {std::pair{"GET", "/open"}, {"GET", "/nowhere"}, {"OPTIONS", "/open"}}) {
    const Response response = ask(method, target, {}, {});
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header(response, "Strict-Transport-Security"), "") << "not without TLS";
  }
  EXPECT_EQ(header(ask("GET", "/open", {}, {}, true), "Strict-Transport-Security"), "max-age=31536000");
}

TEST_F(BrowserTest, AHandlerMaySayOtherwise) {
  const Response response = ask("GET", "/kept", {}, {});
  EXPECT_EQ(header(response, "Cache-Control"), "max-age=60");
  EXPECT_EQ(header(response, "Content-Security-Policy"), "mine");
}

}  // namespace
}  // namespace mla::http
