#include "front/http/impl/service.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/log.h"
#include "front/http/impl/errors.h"

namespace mla::http {
namespace {

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
        {"GET", "/id", [](const Call& call) { return text(std::string(call.request_id)); }},
        {"GET", "/logged", [](const Call&) { return text(base::log::current_request_id()); }},
        {"POST", "/json", [](const Call& call) { return text(call.request.body); }, true},
        {"GET", "/light", [](const Call&) { return text("light"); }, false, true},
        {"GET", "/throw", [](const Call&) -> Response { throw std::runtime_error("secret detail"); }},
        {"GET", "/failure",
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
  Service service{routes(), metrics};
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

TEST_F(ServiceTest, ExceptionsEndOneRequestAndTellNothing) {
  const Response response = ask("GET", "/throw");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  const Response failure = ask("GET", "/failure");
  EXPECT_EQ(failure.status, 503);
  EXPECT_EQ(failure.body, R"({"detail":"locked"})");
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
  EXPECT_THAT(names, testing::ElementsAre("request id", "timing", "error body", "exceptions", "refusal", "route",
                                          "media type", "handler"));
}

TEST(Errors, CodesBecomeStatuses) {
  using base::ErrorCode;
  const std::pair<ErrorCode, int> statuses[] = {
      {ErrorCode::kInvalidArgument, 422}, {ErrorCode::kNotFound, 404}, {ErrorCode::kAlreadyExists, 409},
      {ErrorCode::kPermission, 403},      {ErrorCode::kCorrupt, 500},  {ErrorCode::kUnsupported, 501},
      {ErrorCode::kDiskFull, 507},        {ErrorCode::kIo, 500},       {ErrorCode::kBusy, 503},
      {ErrorCode::kCancelled, 503},       {ErrorCode::kTooLarge, 413}, {ErrorCode::kInternal, 500},
  };
  for (const auto& [code, status] : statuses) {
    EXPECT_EQ(error_response(base::Error{code, "m"}).status, status) << base::to_string(code);
    EXPECT_NE(reason_phrase(status), "Error");
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
