#include "front/http/impl/service.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/log.h"
#include "front/http/impl/errors.h"
#include "front/http/tests/known_callers.h"

namespace mla::http {
namespace {

using security::Permission;
using security::Role;
using testing::HasSubstr;
using testing::Not;

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

class ServiceTest : public testing::Test {
 protected:
  static std::vector<Route> routes() {
    return {
        {"GET", "/id", Access::open(), [](const Call& call) { return text(std::string(call.request_id)); }},
        {"GET", "/logged", Access::open(), [](const Call&) { return text(base::log::current_request_id()); }},
        {"POST", "/json", Access::open(), [](const Call& call) { return text(call.request.body); }, BodyType::kJson},
        {"POST", "/form", Access::open(), [](const Call& call) { return text(call.request.body); }, BodyType::kForm},
        {"GET", "/light", Access::open(), [](const Call&) { return text("light"); }, BodyType::kAny, true},
        {"GET", "/who", Access::personal(Permission::kReadRecommendations),
         [](const Call& call) { return text(call.caller.name); }},
        {"POST", "/change/{id}", Access::of(Permission::kWriteTracks),
         [](const Call& call) {
           return call.request.body == "bad" ? error_response(422, boost::json::value("bad")) : text("done");
         },
         BodyType::kAny, false, "thing.change"},
        {"GET", "/list", Access::personal(Permission::kReadRecommendations),
         [](const Call&) {
           std::string list = R"({"list":[)";
           for (int i = 0; i < 200; ++i) list += R"({"a":1,"b":2},)";
           return text(list + R"({"a":1,"b":2}]})");
         }},
        {"GET", "/throw", Access::open(), [](const Call&) -> Response { throw std::runtime_error("secret detail"); }},
        {"GET", "/failure", Access::open(),
         [](const Call&) -> Response {
           throw base::Failure({base::ErrorCode::kBusy, "locked"});
         }},
    };
  }

  Response ask(std::string method, std::string target, std::vector<std::pair<std::string, std::string>> headers = {},
               std::string body = {}) {
    return service.handle({std::move(method), std::move(target), std::move(headers), std::move(body), {}});
  }

  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  telemetry::Metrics metrics;
  base::ManualClock clock{1'700'000'000'000};
  std::unique_ptr<store::Database> database = store::fresh_database();
  KnownCallers callers{*database, clock};
  Service service{routes(), metrics, callers.security()};
};

TEST_F(ServiceTest, RequestIdsAreKeptIfTheyAreHarmless) {
  const Response given = ask("GET", "/id", {{"x-request-id", "Abc-1_2.3"}});
  EXPECT_EQ(given.body, "Abc-1_2.3");
  EXPECT_EQ(header(given, "X-Request-ID"), "Abc-1_2.3");
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\"b"), std::string("é"),
                                 std::string("a\nb"), std::string(129, 'a')}) {
    const Response made = ask("GET", "/id", {{"X-Request-ID", bad}});
    EXPECT_EQ(made.body.size(), 32u) << bad;
    EXPECT_EQ(made.body, header(made, "X-Request-ID"));
  }
  EXPECT_NE(ask("GET", "/id").body, ask("GET", "/id").body);
}

TEST_F(ServiceTest, ATraceIsTheIdOfWhoGivesNone) {
  const std::pair<std::string, std::string> trace{"traceparent",
                                                  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  EXPECT_EQ(ask("GET", "/id", {trace}).body, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ask("GET", "/logged", {trace}).body, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ask("GET", "/id", {trace, {"X-Request-ID", "mine"}}).body, "mine");
  EXPECT_NE(ask("GET", "/id", {{"traceparent", "00-0-0-0"}}).body, "00-0-0-0");
}

TEST_F(ServiceTest, WhatIsNotAcceptedIsNotMade) {
  const auto status = [&](const char* accept) { return ask("GET", "/id", {{"Accept", accept}}).status; };
  EXPECT_EQ(status("application/json"), 200);
  EXPECT_EQ(status("text/html, */*;q=0.1"), 200);
  EXPECT_EQ(status("application/problem+json"), 200);
  EXPECT_EQ(status("text/html"), 406);
  EXPECT_EQ(status("application/json;q=0"), 406);
  EXPECT_EQ(ask("GET", "/id", {{"Accept", "text/html"}}).body, R"({"detail":"This is answered as application/json"})");
}

TEST_F(ServiceTest, AnswersAreCutRevalidatedAndPacked) {
  const std::pair<std::string, std::string> bearer{"Authorization", "Bearer " + callers.token(Role::kListener)};
  const Response whole = ask("GET", "/list", {bearer});
  const std::string etag = header(whole, "ETag");
  EXPECT_NE(etag, "");
  const Response known = ask("GET", "/list", {bearer, {"If-None-Match", etag}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.body, "");
  const Response cut = ask("GET", "/list?fields=a", {bearer, {"If-None-Match", etag}});
  EXPECT_EQ(cut.status, 200) << "another answer has another tag";
  EXPECT_LT(cut.body.size(), whole.body.size());
  EXPECT_EQ(cut.body.find("\"b\""), std::string::npos);
  EXPECT_EQ(ask("GET", "/list?fields=", {bearer}).status, 422);
  const Response packed = ask("GET", "/list", {bearer, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(packed, "ETag"), etag);
  EXPECT_LT(packed.body.size(), whole.body.size());
  EXPECT_EQ(header(ask("GET", "/id"), "ETag"), "") << "open routes are asked by machines";
}

TEST_F(ServiceTest, LogLinesOfTheRequestCarryItsId) {
  EXPECT_EQ(ask("GET", "/logged", {{"X-Request-ID", "mine"}}).body, "mine");
  EXPECT_EQ(base::log::current_request_id(), "");
}

TEST_F(ServiceTest, TimeAndMetricsOfEveryAnswer) {
  EXPECT_THAT(header(ask("GET", "/id"), "X-Process-Time"), testing::MatchesRegex("[0-9]+\\.[0-9]+"));
  EXPECT_NE(header(ask("GET", "/nowhere"), "X-Process-Time"), "");
  ask("DELETE", "/id");
  const std::string all = metrics.text();
  EXPECT_THAT(all, HasSubstr("requests_total{endpoint=\"/id\",status=\"200\"} 1"));
  EXPECT_THAT(all, HasSubstr("requests_total{endpoint=\"/id\",status=\"405\"} 1"));
  EXPECT_THAT(all, HasSubstr("requests_total{endpoint=\"unmatched\",status=\"404\"} 1"));
  EXPECT_THAT(all, HasSubstr("request_duration_seconds_count{endpoint=\"/id\"} 2"));
}

// The connection answers it in the place of who makes the answer, and that is counted.
TEST_F(ServiceTest, WhatWasGivenUpIsNotCounted) {
  const Request request{"GET", "/id", {}, {}, {}};
  EXPECT_TRUE(request.verdict->give_up());
  EXPECT_EQ(service.handle(request).status, 200);
  EXPECT_THAT(metrics.text(), testing::Not(HasSubstr("requests_total{endpoint=\"/id\"")));
  const Request in_time{"GET", "/id", {}, {}, {}};
  service.handle(in_time);
  EXPECT_FALSE(in_time.verdict->give_up()) << "the answer is on its way";
  EXPECT_FALSE(in_time.verdict->given_up().cancelled());
  EXPECT_THAT(metrics.text(), HasSubstr("requests_total{endpoint=\"/id\",status=\"200\"} 1"));
}

TEST_F(ServiceTest, NotFoundMethodAndOptions) {
  EXPECT_EQ(ask("GET", "/nowhere").body, R"({"detail":"Not Found"})");
  const Response wrong = ask("POST", "/id");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.body, R"({"detail":"Method Not Allowed"})");
  EXPECT_EQ(header(wrong, "Allow"), "GET, HEAD, OPTIONS");
  const Response options = ask("OPTIONS", "/json");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(header(options, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(ask("OPTIONS", "/nowhere").status, 404);
}

TEST_F(ServiceTest, MediaTypes) {
  for (const char* type : {"application/json", "Application/JSON; charset=UTF-8", "application/ld+json",
                           "application/json;charset=\"utf-8\""}) {
    EXPECT_EQ(ask("POST", "/json", {{"Content-Type", type}}, "{}").status, 200) << type;
  }
  EXPECT_EQ(ask("POST", "/json", {}, "{}").status, 200);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                           "application/jsonx", "application/json; charset=latin1", "text/json"}) {
    EXPECT_EQ(ask("POST", "/json", {{"Content-Type", type}}, "{}").status, 415) << type;
  }
  EXPECT_EQ(ask("POST", "/json", {{"Content-Encoding", "gzip"}}, "{}").status, 415);
}

TEST_F(ServiceTest, FormsAreForms) {
  EXPECT_EQ(ask("POST", "/form", {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}}, "a=b").status,
            200);
  for (const char* type : {"", "application/json", "multipart/form-data; boundary=x"}) {
    EXPECT_EQ(ask("POST", "/form", {{"Content-Type", type}}, "a=b").status, 415) << type;
  }
}

TEST_F(ServiceTest, WithoutACredentialThereIsAChallenge) {
  for (const std::vector<std::pair<std::string, std::string>>& headers :
       {std::vector<std::pair<std::string, std::string>>{},
        {{"Authorization", "Basic YTpi"}},
        {{"Authorization", "Bearer"}},
        {{"Authorization", "Bearer  "}},
        {{"X-API-Key", ""}}}) {
    const Response response = ask("GET", "/who", headers);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, R"({"detail":"Not authenticated"})");
    EXPECT_EQ(header(response, "WWW-Authenticate"), R"(Bearer realm="ml-analytics")");
  }
}

TEST_F(ServiceTest, ABadCredentialIsToldWhy) {
  const Response garbage = ask("GET", "/who", {{"Authorization", "Bearer a.b.c"}});
  EXPECT_EQ(garbage.status, 401);
  EXPECT_EQ(header(garbage, "WWW-Authenticate"),
            R"(Bearer realm="ml-analytics", error="invalid_token", error_description="The token is malformed")");
  clock.advance(2 * 3'600'000);
  const Response old = ask("GET", "/who", {{"Authorization", "Bearer " + callers.token(Role::kAdmin)}});
  EXPECT_EQ(old.body, R"({"detail":"The token has expired"})");
  EXPECT_EQ(ask("GET", "/who", {{"X-API-Key", "mlk_unknown"}}).status, 401);
}

TEST_F(ServiceTest, TokensAndKeysLetIn) {
  const std::string token = callers.token(Role::kListener);
  EXPECT_EQ(ask("GET", "/who", {{"authorization", "bearer " + token}}).body, "listener");
  EXPECT_EQ(ask("HEAD", "/who", {{"Authorization", "Bearer " + token}}).status, 200);
  const auto program = callers.security().principals().find("service").value();
  const std::string key = callers.security().tokens().issue_key(program, 5, {}).value();
  EXPECT_EQ(ask("GET", "/who", {{"x-api-key", key}}).body, "service");
}

// Two readers of one request, a proxy and this server, could each take another one.
TEST_F(ServiceTest, OneCredentialAndNoMore) {
  const std::string bearer = "Bearer " + callers.token(Role::kListener);
  EXPECT_EQ(ask("GET", "/who", {{"Authorization", bearer}, {"authorization", bearer}}).status, 400);
  EXPECT_EQ(ask("GET", "/who", {{"Authorization", bearer}, {"X-API-Key", "mlk_x"}}).status, 400);
  EXPECT_EQ(ask("GET", "/who", {{"Authorization", "Basic YTpi"}, {"X-API-Key", "mlk_x"}}).status, 400);
}

TEST_F(ServiceTest, OpenRoutesAskForNothing) {
  EXPECT_EQ(ask("GET", "/light", {{"Authorization", "Bearer garbage"}}).status, 200);
  EXPECT_EQ(ask("OPTIONS", "/who").status, 204);
  EXPECT_EQ(ask("DELETE", "/who").status, 405);
}

TEST_F(ServiceTest, WhoIsKnownMayStillNotDoIt) {
  const Response response = ask("POST", "/change/1", {{"Authorization", "Bearer " + callers.token(Role::kListener)}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, R"({"detail":"This needs the permission tracks:write"})");
  EXPECT_EQ(header(response, "WWW-Authenticate"),
            R"(Bearer realm="ml-analytics", error="insufficient_scope", scope="tracks:write")");
}

TEST_F(ServiceTest, WhatWasChangedIsInTheAuditLog) {
  const auto before = callers.security().audit().list(100).value().size();
  const std::pair<std::string, std::string> bearer{"Authorization", "Bearer " + callers.token(Role::kOperator)};
  EXPECT_EQ(ask("POST", "/change/a%2Fb", {bearer, {"X-Request-ID", "mine"}}).status, 200);
  EXPECT_EQ(ask("POST", "/change/c", {bearer}, "bad").status, 422);
  EXPECT_EQ(ask("POST", "/change/d").status, 401);
  EXPECT_EQ(ask("GET", "/who", {bearer}).status, 200);
  const auto entries = callers.security().audit().list(100).value();
  ASSERT_EQ(entries.size(), before + 1) << "only what was done";
  EXPECT_EQ(entries[0].who, "operator");
  EXPECT_EQ(entries[0].what, "thing.change");
  EXPECT_EQ(entries[0].subject, "a/b");
  EXPECT_EQ(entries[0].request_id, "mine");
  EXPECT_EQ(entries[0].time, clock.now());
}

TEST_F(ServiceTest, ADatabaseThatFailsLetsNobodyIn) {
  ASSERT_TRUE(database->acquire().value()->execute("DROP TABLE access_grants").ok());
  EXPECT_EQ(ask("GET", "/who", {{"Authorization", "Bearer " + callers.token(Role::kAdmin)}}).status, 500);
}

TEST_F(ServiceTest, ExceptionsEndOneRequestAndTellNothing) {
  const Response response = ask("GET", "/throw");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  const Response failure = ask("GET", "/failure");
  EXPECT_EQ(failure.status, 503);
  EXPECT_THAT(failure.body, Not(HasSubstr("locked")));
  EXPECT_EQ(header(failure, "Retry-After"), "1");
}

TEST_F(ServiceTest, ProblemDocumentsWhenAskedFor) {
  const Response response =
      ask("GET", "/nowhere?x=1", {{"Accept", "application/problem+json"}, {"X-Request-ID", "r1"}});
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","request_id":"r1",)"
            R"("detail":"Not Found"})");
}

TEST_F(ServiceTest, RefusalsGoThroughTheSameList) {
  Request request{"", "", {}, "", Refusal{413, "too large"}};
  const Response response = service.handle(request);
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, R"({"detail":"too large"})");
  EXPECT_NE(header(response, "X-Request-ID"), "");
  EXPECT_THAT(metrics.text(), HasSubstr("requests_total{endpoint=\"unmatched\",status=\"413\"} 1"));
}

TEST_F(ServiceTest, LightRoutesAreKnownInAdvance) {
  EXPECT_TRUE(service.is_light({"GET", "/light", {}, "", {}}));
  EXPECT_FALSE(service.is_light({"POST", "/light", {}, "", {}}));
  EXPECT_FALSE(service.is_light({"GET", "/id", {}, "", {}}));
}

// The order is a decision: a change here is one on purpose.
TEST(Middleware, IsTheListInItsOrder) {
  std::vector<std::string> names;
  for (const auto& middleware : Service::middleware()) {
    names.emplace_back(middleware.name);
    EXPECT_FALSE(middleware.reason.empty());
  }
  EXPECT_THAT(names, testing::ElementsAre("request id", "timing", "browser headers", "error body", "exceptions",
                                          "representation", "refusal", "preflight", "caller", "rate limit", "route",
                                          "identity", "permission", "media type", "accept", "audit", "handler"));
}

TEST(Errors, CodesBecomeStatuses) {
  using base::ErrorCode;
  const std::pair<ErrorCode, int> statuses[] = {
      {ErrorCode::kInvalidArgument, 422}, {ErrorCode::kNotFound, 404}, {ErrorCode::kAlreadyExists, 409},
      {ErrorCode::kPermission, 500},      {ErrorCode::kCorrupt, 500},  {ErrorCode::kUnsupported, 501},
      {ErrorCode::kDiskFull, 507},        {ErrorCode::kIo, 500},       {ErrorCode::kBusy, 503},
      {ErrorCode::kCancelled, 503},       {ErrorCode::kTooLarge, 413}, {ErrorCode::kInternal, 500},
  };
  for (const auto& [code, status] : statuses) {
    EXPECT_EQ(error_response(base::Error{code, "m"}).status, status) << base::to_string(code);
    EXPECT_NE(reason_phrase(status), "Error");
  }
}

TEST(Errors, WhatIsWrongWithTheServerIsForItsLog) {
  using base::ErrorCode;
  for (const ErrorCode code : {ErrorCode::kBusy, ErrorCode::kDiskFull, ErrorCode::kPermission, ErrorCode::kCorrupt,
                               ErrorCode::kIo, ErrorCode::kInternal}) {
    const Response response = error_response(base::Error{code, "database 'db.example:5432/music': gone"});
    EXPECT_THAT(std::string(response.detail->as_string()), testing::Not(HasSubstr("db.example"))) << response.status;
  }
}

TEST(Errors, ValidationHasFastApisShape) {
  Response response = validation_response({{{"body", "limit"}, "Input should be greater", "greater_than_equal"}});
  render_error({"POST", "/x", {}, "", {}}, "r", response);
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body,
            R"({"detail":[{"loc":["body","limit"],"msg":"Input should be greater","type":"greater_than_equal"}]})");
  render_error({"POST", "/x", {{"accept", "text/html, application/problem+json;q=0.9"}}, "", {}}, "r", response);
  EXPECT_THAT(response.body, HasSubstr(R"("errors":[{"loc":["body","limit"])"));
}

}  // namespace
}  // namespace mla::http
