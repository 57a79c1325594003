#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "front/http/tests/api_fixture.h"

namespace mla::http {
namespace {

using security::Role;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class RecommendationRoutes : public ApiTest {};

TEST_F(RecommendationRoutes, OneListenerInTheAddress) {
  fill();
  train();
  const auto answer = ask(200, "GET", "/ml-analytics/users/m0/recommendations?limit=2&algorithm=item_knn&clean=true");
  EXPECT_THAT(all("track_id", answer.at("recommendations")), Each(StartsWith("m")));
  EXPECT_THAT(answer.at("recommendations").as_array(), SizeIs(2));
  const auto body = ask(200, "POST", "/ml-analytics/recommendations",
                        R"({"user_id":"m0","limit":2,"config":{"algorithm":"item_knn","clean":true}})");
  EXPECT_EQ(answer.at("recommendations"), body.at("recommendations"));
}

TEST_F(RecommendationRoutes, TheAddressIsChecked) {
  const std::string path = "/ml-analytics/users/m0/recommendations";
  EXPECT_EQ(place(ask(422, "GET", path + "?limit=0")), "query.limit");
  EXPECT_EQ(place(ask(422, "GET", path + "?limit=501")), "query.limit");
  EXPECT_EQ(place(ask(422, "GET", path + "?limit=ten")), "query.limit");
  EXPECT_EQ(place(ask(422, "GET", path + "?algorithm=")), "query.algorithm");
  EXPECT_EQ(place(ask(422, "GET", path + "?clean=yes")), "query.clean");
  EXPECT_EQ(place(ask(422, "GET", path + "?limit=1&limit=2")), "query");
  EXPECT_THAT(std::string(ask(503, "GET", path).at("detail").as_string()), HasSubstr("ml-analytics train"));
  EXPECT_EQ(send(Role::kListener, "GET", path).status, 403);
}

TEST_F(RecommendationRoutes, ABatchAnswersEachAsAlone) {
  fill();
  train();
  const auto answer =
      ask(200, "POST", "/ml-analytics/recommendations/batch", R"({"user_ids":["m0","j0","nobody"],"limit":2})");
  const auto& results = answer.at("results").as_array();
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_THAT(all("user_id", answer.at("results")), ElementsAre("m0", "j0", "nobody"));
  for (const auto& one : results) {
    const auto alone = ask(200, "POST", "/ml-analytics/recommendations",
                           R"({"limit":2,"user_id":")" + std::string(one.at("user_id").as_string()) + "\"}");
    EXPECT_EQ(one.at("recommendations"), alone.at("recommendations"));
    EXPECT_EQ(one.at("notes"), alone.at("notes"));
    EXPECT_EQ(answer.at("model"), alone.at("model"));
  }
}

TEST_F(RecommendationRoutes, EachFieldOfABatchIsChecked) {
  const std::string path = "/ml-analytics/recommendations/batch";
  EXPECT_EQ(place(ask(422, "POST", path, "{}")), "body.user_ids");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":[]})")), "body.user_ids");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":"m0"})")), "body.user_ids");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":["m0",1]})")), "body.user_ids.1");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":["m0"],"limit":101})")), "body.limit");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":["m0"],"config":{"clean":1}})")), "body.config.clean");
  EXPECT_EQ(place(ask(422, "POST", path, R"({"user_ids":["m0"],"context":{"time_of_day":"tea"}})")),
            "body.context.time_of_day");
  std::string many = R"({"user_ids":["u")";
  for (int i = 0; i < 100; ++i) many += ",\"u\"";
  EXPECT_EQ(place(ask(422, "POST", path, many + "]}")), "body.user_ids");
  ask(503, "POST", path, R"({"user_ids":["m0"]})");  // no model
  // One stranger among one's own is somebody else's data.
  EXPECT_EQ(send(Role::kListener, "POST", path, R"({"user_ids":["own-listener","m0"]})").status, 403);
}

TEST_F(RecommendationRoutes, ASessionGoesOnWithWhatWasPlayedLast) {
  fill();
  train();
  const std::string path = "/ml-analytics/recommendations/session";
  const auto first = [&](const char* tracks) {
    const auto answer = ask(200, "POST", path, std::string(R"({"limit":2,"recent_tracks":)") + tracks + "}");
    return all("track_id", answer.at("recommendations"));
  };
  EXPECT_THAT(first(R"(["j1","j2","m1","m2","m3"])"), Each(StartsWith("m")));
  EXPECT_THAT(first(R"(["m1","m2","j1","j2","j3"])"), Each(StartsWith("j")));
}

TEST_F(RecommendationRoutes, APlaylistGoesOnWithWhatIsNotInIt) {
  fill();
  train();
  const auto answer = ask(200, "POST", "/ml-analytics/recommendations/playlist",
                          R"({"tracks":["m0","m1","m2","unknown"],"limit":4,"algorithm":"item_knn","clean":true})");
  const auto ids = all("track_id", answer.at("recommendations"));
  EXPECT_THAT(ids, Each(StartsWith("m")));
  for (const char* own : {"m0", "m1", "m2"}) EXPECT_EQ(std::ranges::count(ids, own), 0) << own;
  EXPECT_THAT(std::string(answer.at("notes").at(0).as_string()), HasSubstr("'unknown' is not in the catalogue"));
  // Nobody's data: every role may ask.
  EXPECT_EQ(send(Role::kListener, "POST", "/ml-analytics/recommendations/playlist", R"({"tracks":["m0"]})").status,
            200);
}

TEST_F(RecommendationRoutes, EachFieldOfAContinuationIsChecked) {
  fill();
  for (const auto& [path, list] : {std::pair<std::string, std::string>{"session", "recent_tracks"},
                                   std::pair<std::string, std::string>{"playlist", "tracks"}}) {
    const std::string target = "/ml-analytics/recommendations/" + path;
    const std::string good = "\"" + list + R"(":["m0"])";
    EXPECT_EQ(place(ask(422, "POST", target, "{}")), "body." + list);
    EXPECT_EQ(place(ask(422, "POST", target, "{\"" + list + "\":[]}")), "body." + list);
    EXPECT_EQ(place(ask(422, "POST", target, "{\"" + list + "\":[\"m0\",\"\"]}")), "body." + list + ".1");
    EXPECT_EQ(place(ask(422, "POST", target, "{" + good + ",\"limit\":0}")), "body.limit");
    EXPECT_EQ(place(ask(422, "POST", target, "{" + good + ",\"clean\":\"no\"}")), "body.clean");
    EXPECT_EQ(place(ask(422, "POST", target, "{" + good + ",\"algorithm\":7}")), "body.algorithm");
    EXPECT_THAT(std::string(ask(422, "POST", target, "{\"" + list + "\":[\"x\"]}").at("detail").as_string()),
                HasSubstr("none of the 1 tracks"));
    ask(503, "POST", target, "{" + good + "}");  // no model yet
  }
}

TEST_F(RecommendationRoutes, SimilarTracksHaveReasons) {
  fill();
  ask(503, "GET", "/ml-analytics/tracks/m1/similar");
  train();
  const auto answer = ask(200, "GET", "/ml-analytics/tracks/m1/similar?limit=3");
  EXPECT_THAT(all("track_id", answer.at("recommendations")), Each(StartsWith("m")));
  for (const auto& one : answer.at("recommendations").as_array()) {
    EXPECT_NE(one.at("track_id"), "m1");
    EXPECT_THAT(std::string(one.at("recommendation_reason").as_string()), HasSubstr("Metal 1"));
  }
  EXPECT_EQ(ask(404, "GET", "/ml-analytics/tracks/none/similar").at("detail"), "There is no track with this id");
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/tracks/m1/similar?limit=x")), "query.limit");
}

TEST_F(RecommendationRoutes, ChartsSayWhy) {
  fill();
  // Played by two who had left it out, lately: m3 leads, and its reason counts the last month alone.
  const base::UnixMillis yesterday = clock.now() - base::kMillisPerDay;
  ASSERT_TRUE(engine->add_events(std::vector{listen("m3", "m3", yesterday), listen("j5", "m3", yesterday)}, "t").ok());
  const auto popular = ask(200, "GET", "/ml-analytics/recommendations/popular?limit=3");
  ASSERT_THAT(popular.at("tracks").as_array(), SizeIs(3));
  const auto& best = popular.at("tracks").at(0);
  EXPECT_EQ(best.at("track_id"), "m3");
  EXPECT_EQ(best.at("recommendation_reason"), "played 2 times by 2 listeners in the last 30 days");
  EXPECT_GT(best.at("plays").to_number<double>(), 2);
  const auto latest = ask(200, "GET", "/ml-analytics/recommendations/latest?limit=2");
  EXPECT_THAT(all("track_id", latest.at("tracks")), ElementsAre("j9", "m9"));
  EXPECT_EQ(latest.at("tracks").at(0).at("recommendation_reason"), "released 2019-06");
  EXPECT_FALSE(latest.at("tracks").at(0).as_object().contains("plays"));
  for (const char* chart : {"popular", "latest"}) {
    EXPECT_EQ(place(ask(422, "GET", std::string("/ml-analytics/recommendations/") + chart + "?limit=0")),
              "query.limit");
  }
}

TEST_F(RecommendationRoutes, ChartsOfAnEmptyCatalogueAreEmpty) {
  EXPECT_TRUE(ask(200, "GET", "/ml-analytics/recommendations/popular").at("tracks").as_array().empty());
  EXPECT_TRUE(ask(200, "GET", "/ml-analytics/recommendations/latest").at("tracks").as_array().empty());
}

}  // namespace
}  // namespace mla::http
