#include <gmock/gmock.h>

#include "front/http/tests/api_fixture.h"

namespace mla::http {
namespace {

using security::Role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ModelRoutes : public ApiTest {
 protected:
  // Does the oldest queued job, as a runner's child would.
  base::Result<std::string> work_on_next() {
    const jobs::Job job = engine->jobs().take("runner").value().value();
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    const jobs::Claim claim{job.id, job.owner, job.attempt};
    auto result = engine->work_on(claim, work);
    const jobs::Outcome outcome = result.ok() ? jobs::Outcome{jobs::JobState::kSucceeded, *result, ""}
                                              : jobs::Outcome{jobs::JobState::kFailed, "", result.error().message};
    EXPECT_TRUE(engine->jobs().finish(claim, outcome, {}, {}).ok());
    return result;
  }
};

TEST_F(ModelRoutes, AreListedWithTheirVersions) {
  EXPECT_THAT(ask(200, "GET", "/ml-analytics/models").at("models").as_array(), IsEmpty());
  fill();
  train("popularity");
  train("popularity");
  train("item_knn");
  const auto models = ask(200, "GET", "/ml-analytics/models").at("models");
  EXPECT_THAT(all("id", models), ElementsAre("item_knn", "popularity"));
  const auto& versions = models.at(1).at("versions").as_array();
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_EQ(versions[0].at("alias"), "previous");
  EXPECT_EQ(versions[1].at("alias"), "champion");
  EXPECT_EQ(versions[1].at("version"), 2);
  EXPECT_GT(versions[1].at("bytes").to_number<int>(), 0);
  EXPECT_TRUE(versions[1].at("problem").is_null());
  EXPECT_FALSE(versions[1].as_object().contains("parameters"));
  const auto one = ask(200, "GET", "/ml-analytics/models/popularity");
  EXPECT_EQ(one.at("id"), "popularity");
  EXPECT_TRUE(one.at("versions").at(0).at("parameters").is_object());
  for (const char* unknown : {"none", "..", "..%2Fuploads", "popularity%2F1"}) {
    EXPECT_EQ(ask(404, "GET", std::string("/ml-analytics/models/") + unknown).at("detail"),
              "There is no model of this name");
  }
}

TEST_F(ModelRoutes, StatusSaysWhatIsServed) {
  EXPECT_EQ(ask(200, "GET", "/ml-analytics/models/status").at("ready"), false);
  fill();
  train();
  ask(200, "GET", "/ml-analytics/users/m0/recommendations");
  const auto status = ask(200, "GET", "/ml-analytics/models/status");
  EXPECT_EQ(status.at("ready"), true);
  EXPECT_EQ(status.at("models_loaded").at(0), "hybrid/1");
}

TEST_F(ModelRoutes, TrainingIsQueuedAndDone) {
  fill();
  const Response response =
      send(Role::kOperator, "POST", "/ml-analytics/models/popularity/train", R"({"parameters":{"half_life_days":30}})");
  ASSERT_EQ(response.status, 202) << response.body;
  const auto job = boost::json::parse(response.body);
  EXPECT_EQ(job.at("state"), "queued");
  EXPECT_EQ(job.at("kind"), "train");
  const std::string id(job.at("id").as_string());
  EXPECT_THAT(response.headers,
              testing::Contains(std::pair<std::string, std::string>("Location", "/ml-analytics/jobs/" + id)));
  ASSERT_TRUE(work_on_next().ok());
  const auto done = ask(200, "GET", "/ml-analytics/jobs/" + id);
  EXPECT_EQ(done.at("state"), "succeeded");
  EXPECT_EQ(done.at("result").at("model"), "popularity/1");
  EXPECT_FALSE(done.as_object().contains("request")) << "paths of the server may stand there";
  EXPECT_EQ(callers->security().audit().list(1).value()[0].what, "model.train");
}

TEST_F(ModelRoutes, ATrainingWithAKeyIsQueuedOnce) {
  const Headers key{{"Idempotency-Key", "nightly"}};
  const auto first = ask(202, "POST", "/ml-analytics/models/popularity/train", "", key);
  EXPECT_EQ(ask(202, "POST", "/ml-analytics/models/popularity/train", "", key), first);
  EXPECT_EQ(engine->jobs().waiting().value(), 1);
}

TEST_F(ModelRoutes, EachFieldOfATrainingIsChecked) {
  const std::string path = "/ml-analytics/models/popularity/train";
  EXPECT_EQ(place(ask(422, "POST", path, R"({"parameters":[]})")), "body.parameters");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"update":1})")), "body.update");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"automatic":"yes"})")), "body.automatic");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"automatic":true})")), "body.automatic") << "that makes a hybrid";
  EXPECT_EQ(place(ask(422, "POST", path, "[]")), "body");
  EXPECT_THAT(std::string(ask(422, "POST", path, R"({"parameters":{"nope":1}})").at("detail").as_string()),
              HasSubstr("nope"));
  EXPECT_EQ(ask(404, "POST", "/ml-analytics/models/none/train").at("detail"), "There is no algorithm of this name");
  EXPECT_EQ(engine->jobs().waiting().value(), 0);
  EXPECT_EQ(ask(202, "POST", "/ml-analytics/models/hybrid/train", R"({"automatic":true})").at("model"), "hybrid");
  EXPECT_EQ(send(Role::kService, "POST", path).status, 403);
}

TEST_F(ModelRoutes, ARollbackIsAnsweredAtOnce) {
  fill();
  train("popularity");
  EXPECT_THAT(std::string(ask(409, "POST", "/ml-analytics/models/popularity/rollback").at("detail").as_string()),
              HasSubstr("popularity"));
  train("popularity");
  const auto champion = ask(200, "POST", "/ml-analytics/models/popularity/rollback");
  EXPECT_EQ(champion.at("model"), "popularity/1");
  EXPECT_EQ(engine->models().resolve("popularity", "champion")->version, 1);
  ask(404, "POST", "/ml-analytics/models/none/rollback");
  EXPECT_EQ(callers->security().audit().list(1).value()[0].what, "model.rollback");
}

TEST_F(ModelRoutes, APromotionIsAJob) {
  fill();
  train("popularity");
  train("popularity");
  EXPECT_EQ(ask(202, "POST", "/ml-analytics/models/popularity/promote", R"({"version":1,"force":true})").at("kind"),
            "promote");
  ASSERT_TRUE(work_on_next().ok());
  EXPECT_EQ(engine->models().resolve("popularity", "champion")->version, 1);
  const std::string path = "/ml-analytics/models/popularity/promote";
  EXPECT_EQ(place(ask(422, "POST", path, R"({"version":0})")), "body.version");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"version":"1"})")), "body.version");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"force":1})")), "body.force");
  ask(404, "POST", path, R"({"version":99})");
  ask(404, "POST", path);  // nothing waits as challenger
  ask(404, "POST", "/ml-analytics/models/none/promote");
}

TEST_F(ModelRoutes, JobsAreListedPageByPageAndCancelled) {
  std::vector<std::string> queued;
  for (int i = 0; i < 5; ++i)
    queued.emplace_back(ask(202, "POST", "/ml-analytics/models/popularity/train").at("id").as_string());
  const auto first = ask(200, "GET", "/ml-analytics/jobs?limit=2");
  EXPECT_THAT(all("id", first.at("jobs")), ElementsAre(queued[4], queued[3]));
  const auto second =
      ask(200, "GET", "/ml-analytics/jobs?limit=3&cursor=" + std::string(first.at("next_cursor").as_string()));
  EXPECT_THAT(all("id", second.at("jobs")), ElementsAre(queued[2], queued[1], queued[0]));
  EXPECT_TRUE(second.at("next_cursor").is_null());
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/jobs?limit=0")), "query.limit");

  EXPECT_EQ(ask(200, "POST", "/ml-analytics/jobs/" + queued[0] + "/cancel").at("state"), "cancelled");
  ask(409, "POST", "/ml-analytics/jobs/" + queued[0] + "/cancel");
  EXPECT_EQ(ask(404, "POST", "/ml-analytics/jobs/none/cancel").at("detail"), "There is no job with this id");
  ask(404, "GET", "/ml-analytics/jobs/none");
  ask(404, "GET", "/ml-analytics/jobs/none/events");
  EXPECT_EQ(send(Role::kService, "POST", "/ml-analytics/jobs/" + queued[1] + "/cancel").status, 403);
}

TEST_F(ModelRoutes, ProgressGoesOnUntilTheEnd) {
  fill();
  const std::string id(ask(202, "POST", "/ml-analytics/models/popularity/train").at("id").as_string());
  const Response stream = send(Role::kAdmin, "GET", "/ml-analytics/jobs/" + id + "/events");
  ASSERT_EQ(stream.status, 200);
  EXPECT_EQ(stream.content_type, "text/event-stream");
  ASSERT_TRUE(stream.more);
  const Piece first = stream.more();
  EXPECT_THAT(first.bytes, testing::StartsWith("event: progress\ndata: {"));
  EXPECT_THAT(first.bytes, testing::EndsWith("}\n\n"));
  EXPECT_THAT(first.bytes, HasSubstr(R"("state":"queued")"));
  EXPECT_FALSE(first.last);
  EXPECT_EQ(stream.more().bytes, "") << "nothing has changed";
  ASSERT_TRUE(work_on_next().ok());
  const Piece last = stream.more();
  EXPECT_THAT(last.bytes, HasSubstr(R"("state":"succeeded")"));
  EXPECT_TRUE(last.last);
}

TEST_F(ModelRoutes, StreamsAreBounded) {
  const std::string id(ask(202, "POST", "/ml-analytics/models/popularity/train").at("id").as_string());
  std::vector<Response> open;
  for (int i = 0; i < StreamCount::kMost; ++i)
    open.push_back(send(Role::kAdmin, "GET", "/ml-analytics/jobs/" + id + "/events"));
  EXPECT_EQ(open.back().status, 200);
  ask(503, "GET", "/ml-analytics/jobs/" + id + "/events");
  open.pop_back();
  EXPECT_EQ(send(Role::kAdmin, "GET", "/ml-analytics/jobs/" + id + "/events").status, 200) << "one has gone";
}

TEST_F(ModelRoutes, MonitoringIsJson) {
  fill();
  const auto health = ask(200, "GET", "/ml-analytics/monitoring/health");
  EXPECT_EQ(health.at("status"), "healthy");
  EXPECT_EQ(health.at("ready"), false);
  EXPECT_EQ(health.at("catalogue").at("items"), 20);
  EXPECT_EQ(health.at("jobs_waiting"), 0);
  const auto series = ask(200, "GET", "/ml-analytics/monitoring/metrics").at("metrics").as_array();
  bool found = false;
  for (const auto& one : series) {
    if (one.at("name") != "ml_analytics_requests_total") continue;
    if (one.at("labels").at("endpoint") != "/ml-analytics/monitoring/health") continue;
    found = true;
    EXPECT_EQ(one.at("type"), "counter");
    EXPECT_EQ(one.at("labels").at("status"), "200");
    EXPECT_EQ(one.at("value").to_number<double>(), 1);
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(send(Role::kListener, "GET", "/ml-analytics/monitoring/health").status, 403);
}

}  // namespace
}  // namespace mla::http
