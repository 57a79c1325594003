#include <set>

#include <gmock/gmock.h>

#include "foundation/store/tables.h"
#include "front/http/tests/api_fixture.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/library/library_files.h"
#include "operations/pipelines/library/library_sounds.h"

namespace mla::http {
namespace {

using security::Role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kPerson = "person-4711";

class UserRoutes : public ApiTest {
 protected:
  void listens(const std::string& user, int count) {
    std::vector<catalog::Event> events;
    for (int i = 0; i < count; ++i)
      events.push_back(listen(user, "m" + std::to_string(i % 10), clock.now() - i * 60'000));
    ASSERT_TRUE(engine->add_events(events, "test").ok());
  }

  // Leaves a trace of the person in every table that has room for one.
  void leave_traces() {
    fill();
    train();
    listens(kPerson, 5);
    auto& catalog = engine->catalog();
    ASSERT_TRUE(catalog
                    .put_friends(std::vector{std::pair(base::UserId(kPerson), base::UserId("m1")),
                                             std::pair(base::UserId("m2"), base::UserId(kPerson))})
                    .ok());
    run("INSERT INTO import_accounts (source, listener, account) VALUES ('lastfm', 'person-4711', 'person-4711@fm')");
    run("INSERT INTO experiments (name, model, control, treatment, treated, canary, listeners, hours, state, started) "
        "VALUES ('x', 'hybrid', 'hybrid/1', 'hybrid/2', 50, 0, 0, 0, 'stopped', 1)");
    run("INSERT INTO experiment_listeners (experiment, \"user\", treated, milliseconds, failed) "
        "SELECT number, 'person-4711', 1, 1.5, 0 FROM experiments WHERE name = 'x'");
    run("INSERT INTO experiment_items (experiment, \"user\", item, time) "
        "SELECT number, 'person-4711', 'm1', 5 FROM experiments WHERE name = 'x'");
    ask(200, "GET", std::string("/ml-analytics/users/") + kPerson + "/recommendations");
    auto& security = callers->security();
    const auto made =
        security.principals().add({kPerson, Role::kListener, kPerson, KnownCallers::kPassword}, {"admin", ""});
    ASSERT_TRUE(made.ok());
    token = security.tokens().issue_token(*made, 60, {kPerson, "r1"}).value();
    ASSERT_TRUE(security.tokens().issue_key(*made, 60, {"admin", ""}).ok());
    ASSERT_TRUE(security.tokens().log_in(kPerson, KnownCallers::kPassword, security::LoginKind::kPassword, "r2").ok());
    const std::string event = std::string(R"({"track_id":"m1","type":"like","user_id":")") + kPerson + "\"}";
    ASSERT_EQ(as_person("POST", "/ml-analytics/events", event, {{"Idempotency-Key", "key-1"}}).status, 200);
  }

  Response as_person(std::string method, std::string target, std::string body = {}, Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + token);
    return service->handle({std::move(method), std::move(target), std::move(headers), std::move(body), {}});
  }

  void run(const char* sql) {
    const auto connection = database->acquire().value();
    const auto status = connection->execute(sql);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }

  std::vector<std::string> tables() {
    const auto connection = database->acquire().value();
    const std::vector<store::Table> all = store::tables(*connection).value();
    std::vector<std::string> names;
    for (const store::Table& table : all) names.push_back(table.name);
    return names;
  }

  // "table.column" of each place where the text stands.
  std::vector<std::string> places_of(const std::string& text) {
    std::set<std::string> found;
    const auto connection = database->acquire().value();
    const std::vector<store::Table> all = store::tables(*connection).value();
    for (const store::Table& table : all) {
      for (const store::Column& column : table.columns) {
        auto* rows = connection->prepare("SELECT \"" + column.name + "\" FROM \"" + table.name + "\"").value();
        while (rows->step().value()) {
          std::string value;
          if (column.type == store::ColumnType::kBlob) {
            for (const std::byte byte : rows->blob(0)) value += static_cast<char>(byte);
          } else {
            value = rows->text(0);
          }
          if (value.find(text) != std::string::npos) found.insert(table.name + "." + column.name);
        }
      }
    }
    return {found.begin(), found.end()};
  }

  std::string token;
};

TEST_F(UserRoutes, AProfileIsNumbers) {
  fill();
  listens("p", 12);
  catalog::Event like = listen("p", "j1");
  like.type = catalog::EventType::kLike;
  ASSERT_TRUE(engine->add_events(std::vector{like}, "test").ok());
  const auto profile = ask(200, "GET", "/ml-analytics/users/p");
  EXPECT_EQ(profile.at("user_id"), "p");
  EXPECT_EQ(profile.at("events"), 13);
  EXPECT_EQ(profile.at("events_by_type").at("listen"), 12);
  EXPECT_EQ(profile.at("events_by_type").at("like"), 1);
  EXPECT_EQ(profile.at("events_by_type").at("ban"), 0);
  EXPECT_EQ(profile.at("tracks"), 11);
  EXPECT_EQ(profile.at("plays").to_number<double>(), 12);
  EXPECT_EQ(profile.at("first_event"), "2024-05-01T11:49:00.000Z");
  EXPECT_EQ(profile.at("last_event"), "2024-05-01T12:00:00.000Z");
  EXPECT_EQ(ask(404, "GET", "/ml-analytics/users/nobody").at("detail"), "Nothing is known of this user");
}

TEST_F(UserRoutes, HistoryComesPageByPage) {
  listens("p", 25);
  ASSERT_TRUE(engine->add_events(std::vector{listen("p", "untimed")}, "test").ok());
  std::vector<std::string> ids;
  std::string target = "/ml-analytics/users/p/history?limit=10";
  std::vector<std::size_t> sizes;
  for (int pages = 0; pages < 10 && !target.empty(); ++pages) {
    const auto page = ask(200, "GET", target);
    sizes.push_back(page.at("events").as_array().size());
    for (const std::string& id : all("event_id", page.at("events"))) ids.push_back(id);
    const auto& next = page.at("next_cursor");
    target = next.is_null() ? "" : "/ml-analytics/users/p/history?limit=10&cursor=" + std::string(next.as_string());
  }
  EXPECT_THAT(sizes, ElementsAre(10, 10, 6));
  std::vector<std::string> whole;
  const auto history = engine->catalog().history(base::UserId("p"), 100).value();
  for (const catalog::Event& event : history) whole.push_back(event.id.str());
  EXPECT_EQ(ids, whole);
  const auto last = ask(200, "GET", "/ml-analytics/users/p/history?limit=1000").at("events").as_array().back();
  EXPECT_EQ(last.at("track_id"), "untimed");
  EXPECT_TRUE(last.at("timestamp").is_null());
}

TEST_F(UserRoutes, HistoryIsChecked) {
  listens("p", 1);
  ask(404, "GET", "/ml-analytics/users/nobody/history");
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/users/p/history?limit=1001")), "query.limit");
  for (const std::string bad : {"zz", "00", "6162", "2d20303030", ""}) {
    const auto target = "/ml-analytics/users/p/history?cursor=" + bad;
    if (bad.empty()) {
      ask(200, "GET", target);
    } else {
      EXPECT_EQ(place(ask(422, "GET", target)), "query.cursor") << bad;
    }
  }
}

TEST_F(UserRoutes, AnExportHasEverything) {
  leave_traces();
  const Response response = as_person("GET", std::string("/ml-analytics/users/") + kPerson + "/export");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto document = boost::json::parse(response.body);
  EXPECT_THAT(document.at("events").as_array(), SizeIs(6));
  EXPECT_EQ(document.at("profile").at("events"), 6);
  EXPECT_THAT(document.at("friends").as_array(), SizeIs(2));
  EXPECT_EQ(document.at("imports").at(0).at("account"), "person-4711@fm");
  EXPECT_FALSE(document.at("shown").as_array().empty());
  EXPECT_EQ(document.at("experiments").at(0).at("experiment"), "x");
  EXPECT_EQ(document.at("experiments").at(0).at("shown").at(0).at("track_id"), "m1");
  EXPECT_EQ(document.at("accounts").at(0).at("name"), kPerson);
  EXPECT_FALSE(document.at("audit_log").as_array().empty());
  EXPECT_THAT(response.body, testing::Not(HasSubstr("$argon2"))) << "a password hash is not told";
  ask(404, "GET", "/ml-analytics/users/nobody/export");
}

// An export of more than one page of the database has each event once.
TEST_F(UserRoutes, ALongExportIsWhole) {
  listens("p", 11'000);
  const auto document = ask(200, "GET", "/ml-analytics/users/p/export");
  std::set<std::string> ids;
  for (const std::string& id : all("event_id", document.at("events"))) ids.insert(id);
  EXPECT_EQ(document.at("events").as_array().size(), 11'000u);
  EXPECT_EQ(ids.size(), 11'000u);
}

// The list of tables is part of the test: a new one has to be thought about here.
TEST_F(UserRoutes, EveryTableIsKnownToThisTest) {
  ASSERT_TRUE(pipelines::LibraryFiles::open(*database).ok());
  ASSERT_TRUE(pipelines::LibrarySounds::open(*database).ok());
  ASSERT_TRUE(pipelines::Analyses::open(*database).ok());
  EXPECT_THAT(tables(), UnorderedElementsAre("access_grants", "analyses", "archive_queue", "archive_state", "audit_log",
                                             "catalog_totals", "events", "experiment_items", "experiment_listeners",
                                             "experiments", "exposures", "external_ids", "friends", "heard_items",
                                             "idempotency_keys", "import_accounts", "items", "jobs", "library_files",
                                             "library_sounds", "match_refusals", "principals", "refresh_tokens",
                                             "schedules", "schema_migrations", "signing_secret", "users"));
}

TEST_F(UserRoutes, AfterErasingNoTableKnowsThePerson) {
  leave_traces();
  EXPECT_THAT(places_of(kPerson),
              ElementsAre("audit_log.subject", "audit_log.who", "experiment_items.user", "experiment_listeners.user",
                          "import_accounts.account", "import_accounts.listener", "principals.listener",
                          "principals.name", "users.id"))
      << "what the person left before";
  ASSERT_TRUE(engine->reload({}).ok());  // what was shown is written
  EXPECT_THAT(places_of(kPerson), testing::Contains("exposures.user"));
  const auto counts = engine->catalog().counts().value();

  EXPECT_EQ(as_person("DELETE", std::string("/ml-analytics/users/") + kPerson).status, 204);
  EXPECT_THAT(places_of(kPerson), IsEmpty());
  EXPECT_EQ(engine->catalog().counts().value().events, counts.events - 6);
  EXPECT_EQ(engine->catalog().counts().value().users, counts.users - 1);
  // Nor does a memory give it back, and the token ends at once.
  ASSERT_TRUE(engine->reload({}).ok());
  EXPECT_THAT(places_of(kPerson), IsEmpty());
  EXPECT_EQ(as_person("GET", std::string("/ml-analytics/users/") + kPerson).status, 401);
  ask(404, "GET", std::string("/ml-analytics/users/") + kPerson);
  ask(404, "DELETE", std::string("/ml-analytics/users/") + kPerson);
  // What happened is still told, without a name.
  const auto entries = callers->security().audit().list(50).value();
  EXPECT_EQ(entries[0].what, "user.erase");
  EXPECT_EQ(entries[0].who, "erased");
  EXPECT_EQ(entries[0].subject, "erased");
  EXPECT_EQ(engine->catalog().history(base::UserId("m1"), 100).value().size(), 8u) << "others keep theirs";
}

TEST_F(UserRoutes, WhatWasShownAndNotWrittenYetIsForgottenToo) {
  fill();
  train();
  ask(200, "GET", "/ml-analytics/users/m1/recommendations");
  EXPECT_EQ(send(Role::kService, "DELETE", "/ml-analytics/users/m1").status, 204);
  ASSERT_TRUE(engine->reload({}).ok());
  const auto connection = database->acquire().value();
  auto* query = connection->prepare("SELECT COUNT(*) FROM exposures WHERE \"user\" = 'm1'").value();
  ASSERT_TRUE(query->step().value());
  EXPECT_EQ(query->integer(0), 0);
  EXPECT_EQ(callers->security().audit().list(1).value()[0].who, "service");
}

TEST_F(UserRoutes, AProgramErasesListenersAndNotWhoRunsTheServer) {
  listens("own-operator", 3);
  EXPECT_EQ(send(Role::kService, "DELETE", "/ml-analytics/users/own-operator").status, 403);
  EXPECT_TRUE(callers->security().principals().find("operator").ok());
  EXPECT_EQ(engine->catalog().history(base::UserId("own-operator"), 10).value().size(), 3U);
  EXPECT_EQ(send(Role::kService, "DELETE", "/ml-analytics/users/own-listener").status, 204);
  EXPECT_EQ(send(Role::kService, "DELETE", "/ml-analytics/users/own-service").status, 204) << "itself";
  ask(204, "DELETE", "/ml-analytics/users/own-operator");
}

TEST_F(UserRoutes, TheLastAdminStays) {
  listens("own-admin", 3);
  EXPECT_THAT(std::string(ask(409, "DELETE", "/ml-analytics/users/own-admin").at("detail").as_string()),
              HasSubstr("no admin would be left"));
  EXPECT_EQ(engine->catalog().history(base::UserId("own-admin"), 10).value().size(), 3u) << "nothing was erased";
}

TEST_F(UserRoutes, OthersAreNobodysBusiness) {
  listens("p", 3);
  for (const char* target :
       {"/ml-analytics/users/p", "/ml-analytics/users/p/history", "/ml-analytics/users/p/export"}) {
    EXPECT_EQ(send(Role::kListener, "GET", target).status, 403) << target;
    EXPECT_EQ(send(Role::kOperator, "GET", target).status, 403) << target;
    EXPECT_EQ(send(Role::kService, "GET", target).status, 200) << target;
  }
  EXPECT_EQ(send(Role::kListener, "DELETE", "/ml-analytics/users/p").status, 403);
  EXPECT_EQ(engine->catalog().history(base::UserId("p"), 10).value().size(), 3u);
}

}  // namespace
}  // namespace mla::http
