#include "front/http/impl/idempotency.h"

#include <gmock/gmock.h>

#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/tests/api_fixture.h"

namespace mla::http {
namespace {

class IdempotencyTest : public ApiTest {
 protected:
  // What `once` answers to this key and body; the work answers `status` and counts.
  Response once(const std::string& key, const std::string& body, int status = 200, const std::string& who = "p1",
                const std::string& route = "events") {
    const Request request{"POST", "/", {{"Idempotency-Key", key}}, body, {}};
    security::Caller caller;
    caller.id = who;
    return idempotency->once({request, "r", "", caller}, route, [&] {
      ++done;
      return json_response(boost::json::object{{"done", done}}, status);
    });
  }
  int done = 0;
};

TEST_F(IdempotencyTest, TheSecondTimeIsTheFirstAnswer) {
  const Response first = once("k", "body", 201);
  const Response second = once("k", "body", 201);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_THAT(second.headers, testing::Contains(std::pair<std::string, std::string>("Idempotent-Replayed", "true")));
  EXPECT_THAT(first.headers, testing::IsEmpty());
}

TEST_F(IdempotencyTest, KeysBelongToCallerAndRoute) {
  once("k", "body");
  once("k", "body", 200, "p2");
  once("k", "body", 200, "p1", "train");
  EXPECT_EQ(done, 3);
}

TEST_F(IdempotencyTest, AnotherBodyIsAMistake) {
  once("k", "body");
  EXPECT_EQ(once("k", "other").status, 422);
  EXPECT_EQ(done, 1);
}

TEST_F(IdempotencyTest, WithoutAKeyEverythingIsDone) {
  once("", "body");
  once("", "body");
  EXPECT_EQ(done, 2);
}

TEST_F(IdempotencyTest, KeysAreShortPrintableAscii) {
  for (const std::string& bad : {std::string("a b"), std::string("a\tb"), std::string("é"), std::string(256, 'k')}) {
    EXPECT_EQ(once(bad, "body").status, 422) << bad;
  }
  EXPECT_EQ(done, 0);
  EXPECT_EQ(once(std::string(255, 'k'), "body").status, 200);
}

TEST_F(IdempotencyTest, AnErrorMayBeTriedAgain) {
  EXPECT_EQ(once("k", "body", 503).status, 503);
  EXPECT_EQ(once("k", "body", 200).status, 200);
  EXPECT_EQ(done, 2);
}

TEST_F(IdempotencyTest, ADayLaterTheKeyIsNew) {
  once("k", "body");
  clock.advance(Idempotency::kKept - 1);
  once("k", "body");
  EXPECT_EQ(done, 1);
  clock.advance(2);
  once("k", "body");
  EXPECT_EQ(done, 2);
}

// What another process, or this one before a restart, has answered.
TEST_F(IdempotencyTest, AnswersAreDurable) {
  const std::string first = once("k", "body").body;
  const auto reopened = database_place.open().value();
  idempotency = std::make_unique<Idempotency>(*reopened, clock);
  ASSERT_TRUE(idempotency->prepare().ok());
  EXPECT_EQ(once("k", "body").body, first);
  EXPECT_EQ(done, 1);
  idempotency.reset();
}

TEST_F(IdempotencyTest, OneAtATimeAndAClaimRunsOut) {
  const Request request{"POST", "/", {{"Idempotency-Key", "k"}}, "body", {}};
  const security::Caller caller;
  int inner = 0;
  idempotency->once({request, "r", "", caller}, "events", [&] {
    inner = idempotency->once({request, "r", "", caller}, "events", [] { return Response(); }).status;
    return error_response(500, "broken");
  });
  EXPECT_EQ(inner, 409);
  // A server that died between claim and answer.
  EXPECT_THROW(idempotency->once({request, "r", "", caller}, "events",
                                 []() -> Response {
                                   throw base::Failure({base::ErrorCode::kInternal, "gone"});
                                 }),
               base::Failure);
  const auto again = [&] {
    return idempotency->once({request, "r", "", caller}, "events", [] { return Response(); }).status;
  };
  EXPECT_EQ(again(), 409);
  clock.advance(Idempotency::kClaimed + 1);
  EXPECT_EQ(again(), 200);
}

TEST_F(IdempotencyTest, EventsAreAddedOnceAndToldAlike) {
  const std::string body = R"({"user_id":"u","track_id":"t"})";
  const Headers key{{"Idempotency-Key", "e-1"}};
  const auto first = ask(200, "POST", "/ml-analytics/events", body, key);
  const auto second = ask(200, "POST", "/ml-analytics/events", body, key);
  EXPECT_EQ(first, second);
  EXPECT_EQ(second.at("added"), 1);
  EXPECT_EQ(ask(200, "POST", "/ml-analytics/events", body).at("added"), 0) << "by the event's own identity";
  EXPECT_EQ(engine->catalog().counts().value().events, 1);
  // What is refused before the work uses no key up.
  const Headers other{{"Idempotency-Key", "e-2"}};
  ask(422, "POST", "/ml-analytics/events", "{}", other);
  EXPECT_EQ(ask(200, "POST", "/ml-analytics/events", R"({"user_id":"u","track_id":"t2"})", other).at("added"), 1);
}

}  // namespace
}  // namespace mla::http
