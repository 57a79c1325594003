// Against a real server: that of MLA_TEST_MONGO, which tools/mongo.py starts; without one the tests are skipped.
#include <csignal>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/mongo/impl/handles.h"
#include "adapters/mongo/mongo.h"
#include "adapters/sqlite/sqlite.h"
#include "foundation/base/parse.h"
#include "foundation/base/work.h"
#include "knowledge/catalog/catalog.h"
#include "operations/pipelines/archive/follower.h"

namespace mla::mongo {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kTimeout = 2;

catalog::Event event(int number, const std::string& user, std::optional<base::UnixMillis> time = {}) {
  catalog::Event one;
  one.id = base::EventId(fmt::format("{:032x}", number));
  one.user = base::UserId(user);
  one.item = base::ItemId("song");
  one.time = time;
  return one;
}

// Each test has a database of its own.
class MongoServer : public testing::Test {
 protected:
  void SetUp() override {
    const char* server = std::getenv("MLA_TEST_MONGO");
    if (server == nullptr) GTEST_SKIP() << "skipped: no MongoDB server, ./test.sh --all starts a FerretDB";
    static int counter = 0;
    database_ = fmt::format("test_{}_{}", ::getpid(), ++counter);
    url_ = server;
    url_.replace(url_.find("/music?"), 6, "/" + database_);
    archive_ = open(url_, {.timeout = kTimeout}).value();
  }
  void TearDown() override {
    if (archive_) drop();
  }

  // The documents of a collection as JSON, in the order of their ids.
  std::vector<std::string> documents(const char* collection) const {
    const Client client(mongoc().client_new(url_.c_str()));
    const Collection found(mongoc().client_get_collection(client.get(), database_.c_str(), collection));
    const Document all;
    const Document order(BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}"));
    mongoc_cursor_t* cursor = mongoc().collection_find_with_opts(found.get(), all.get(), order.get(), nullptr);
    std::vector<std::string> documents;
    for (const bson_t* one = nullptr; mongoc().cursor_next(cursor, &one);) {
      char* json = bson_as_relaxed_extended_json(one, nullptr);
      documents.emplace_back(json);
      bson_free(json);
    }
    bson_error_t error{};
    EXPECT_FALSE(mongoc().cursor_error(cursor, &error)) << error.message;
    mongoc().cursor_destroy(cursor);
    return documents;
  }

  void drop() const {
    const Client client(mongoc().client_new(url_.c_str()));
    const Document drop(BCON_NEW("dropDatabase", BCON_INT32(1)));
    mongoc().client_command_simple(client.get(), database_.c_str(), drop.get(), nullptr, nullptr, nullptr);
  }

  std::string url_;
  std::string database_;
  std::unique_ptr<pipelines::Archive> archive_;
};

TEST_F(MongoServer, KeepsEventsAsTheyWere) {
  catalog::Event whole = event(1, "ana", 1'700'000'000'123);
  whole.type = catalog::EventType::kSkip;
  whole.weight = 2.5;
  whole.ms_played = 1234;
  whole.context = R"({"$where":"a.b"})";
  const std::vector<catalog::Event> events = {whole, event(2, "b\xC3\xB6")};
  ASSERT_TRUE(archive_->put_events(events).ok());
  EXPECT_THAT(documents("events"),
              ElementsAre(R"({ "_id" : "00000000000000000000000000000001", "user_id" : "ana", "track_id" : "song", )"
                          R"("type" : "skip", "timestamp" : { "$date" : "2023-11-14T22:13:20.123Z" }, "weight" : 2.5, )"
                          R"("ms_played" : 1234, "context" : "{\"$where\":\"a.b\"}" })",
                          R"({ "_id" : "00000000000000000000000000000002", "user_id" : "bö", "track_id" : "song", )"
                          R"("type" : "listen", "weight" : 1.0 })"));
}

TEST_F(MongoServer, WhatIsToldAgainIsThereOnce) {
  std::vector<catalog::Event> events;
  for (int i = 0; i < 500; ++i) events.push_back(event(i, "ana"));
  ASSERT_TRUE(archive_->put_events(std::span(events).first(300)).ok());
  ASSERT_TRUE(archive_->put_events(events).ok());  // some of them
  ASSERT_TRUE(archive_->put_events(events).ok());  // all of them
  ASSERT_TRUE(archive_->put_events({}).ok());
  EXPECT_EQ(archive_->counts()->events, 500);
}

TEST_F(MongoServer, TheLastAnalysisOfASoundCounts) {
  const pipelines::FullAnalysis first{"p1", 1'000, 1, R"({"tempo":120.5,"beats":[0.5,1],"key":null})"};
  pipelines::FullAnalysis second = first;
  second.json = R"({"tempo":99})";
  second.recorded = 2'000;
  ASSERT_TRUE(archive_->put_analyses(std::vector{first, {"p2", 1'000, 2, "{}"}}).ok());
  ASSERT_TRUE(archive_->put_analyses(std::vector{second}).ok());
  EXPECT_THAT(documents("analyses"),
              ElementsAre(R"({ "_id" : "p1", "recorded" : { "$date" : "1970-01-01T00:00:02Z" }, "analysis" : )"
                          R"({ "tempo" : 99 } })",
                          R"({ "_id" : "p2", "recorded" : { "$date" : "1970-01-01T00:00:01Z" }, "analysis" : {  } })"));
  EXPECT_EQ(archive_->counts()->analyses, 2);
  const auto torn = archive_->put_analyses(std::vector<pipelines::FullAnalysis>{{"p3", 0, 3, "{\"a\":"}});
  EXPECT_EQ(torn.error().code, ErrorCode::kCorrupt);
}

TEST_F(MongoServer, WhatIsTooLargeKeepsNothingElseOut) {
  const pipelines::FullAnalysis large{"large", 0, 1, fmt::format(R"({{"beats":"{}"}})", std::string(16 << 20, 'x'))};
  ASSERT_TRUE(archive_->put_analyses(std::vector{large}).ok());
  ASSERT_TRUE(archive_->put_analyses(std::vector{large, {"p1", 0, 2, "{}"}}).ok());
  EXPECT_THAT(documents("analyses"), ElementsAre(HasSubstr("p1")));
}

TEST_F(MongoServer, ErasesOneListener) {
  const std::vector<catalog::Event> events = {event(1, "ana"), event(2, "ben"), event(3, "ana")};
  ASSERT_TRUE(archive_->put_events(events).ok());
  ASSERT_TRUE(archive_->erase_listener(base::UserId("ana")).ok());
  ASSERT_TRUE(archive_->erase_listener(base::UserId("ana")).ok());
  EXPECT_THAT(documents("events"), ElementsAre(HasSubstr("ben")));
}

TEST_F(MongoServer, WhoMayNotIsToldSoWithoutThePassword) {
  std::string wrong = url_;
  const std::size_t at = wrong.find(':', wrong.find("://") + 3) + 1;
  wrong.replace(at, wrong.find('@') - at, "wr0ng");
  const auto answer = open(wrong, {.timeout = kTimeout}).value()->reach();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kPermission) << answer.error().message;
  EXPECT_THAT(answer.error().message, HasSubstr("mongodb 127.0.0.1:"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("wr0ng")));
}

TEST_F(MongoServer, AStoppedServerCostsNoMoreThanTheTimeOut) {
  ASSERT_TRUE(archive_->reach().ok());
  const pid_t server = std::atoi(std::getenv("MLA_TEST_MONGO_PID"));
  ::kill(server, SIGSTOP);
  const double begun = base::monotonic_seconds();
  const auto known = archive_->put_events(std::vector{event(1, "ana")});
  const auto anew = open(url_, {.timeout = kTimeout}).value()->reach();
  const double seconds = base::monotonic_seconds() - begun;
  ::kill(server, SIGCONT);
  EXPECT_EQ(known.error().code, ErrorCode::kBusy) << known.error().message;
  EXPECT_EQ(anew.error().code, ErrorCode::kBusy) << anew.error().message;
  EXPECT_LT(seconds, 6 * kTimeout);
  base::Status again;
  while (!(again = archive_->put_events(std::vector{event(1, "ana")})).ok()) {
    EXPECT_EQ(again.error().code, ErrorCode::kBusy) << again.error().message;
  }
  EXPECT_EQ(archive_->counts()->events, 1);
}

TEST_F(MongoServer, FollowsADatabase) {
  const auto database = sqlite::open("sqlite://").value();
  auto catalog = catalog::Catalog::open(*database).value();
  const base::SystemClock clock;
  std::vector<catalog::Event> events;
  for (int i = 0; i < 250; ++i) {
    events.push_back(
        event(i, i % 3 == 0 ? "ana" : "ben", i % 2 == 0 ? std::optional<base::UnixMillis>(i) : std::nullopt));
  }
  ASSERT_TRUE(catalog.add_events(events, "test").ok());
  auto follower = pipelines::Follower::open(*database, *archive_, clock, {.batch_size = 20}).value();
  const base::CancelFlag go_on;
  pipelines::Follower::Report report;
  ASSERT_TRUE(follower.run(go_on, report).ok());
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(archive_->counts()->events, 250);
  ASSERT_TRUE(catalog.erase_user(base::UserId("ana")).ok());
  ASSERT_TRUE(catalog.add_events(std::vector{event(1000, "ana", 5)}, "test").ok());
  ASSERT_TRUE(follower.run(go_on, report).ok());
  EXPECT_EQ(archive_->counts()->events, 250 - 84 + 1);
}

TEST(Mongo, SaysWhoIsNotThere) {
  const auto archive = open("mongodb://ana:secret@127.0.0.1:1/music", {.timeout = kTimeout}).value();
  EXPECT_EQ(archive->name(), "mongodb 127.0.0.1:1/music");
  const auto answer = archive->reach();
  EXPECT_EQ(answer.error().code, ErrorCode::kBusy);
  EXPECT_THAT(answer.error().message, testing::StartsWith("mongodb 127.0.0.1:1/music: "));
  EXPECT_THAT(answer.error().message, HasSubstr("connection refused"));
  EXPECT_FALSE(archive->put_events(std::vector{event(1, "ana")}).ok());
  EXPECT_FALSE(archive->erase_listener(base::UserId("ana")).ok());
  EXPECT_FALSE(archive->counts().ok());
  EXPECT_FALSE(open("http://h", {}).ok());
}

}  // namespace
}  // namespace mla::mongo
