#include <gmock/gmock.h>

#include "front/http/tests/api_fixture.h"

namespace mla::http {
namespace {

using security::Role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::pair<std::string, std::string>> kNdjson = {{"Content-Type", "application/x-ndjson"}};

class TrackRoutes : public ApiTest {};

TEST_F(TrackRoutes, ManyTracksALine) {
  const std::string body =
      "{\"track_id\":\"a\",\"track_name\":\"A\",\"artist_name\":\"X\"}\r\n"
      "\n"
      "not json\n"
      "{\"track_name\":\"no id\"}\n"
      "{\"track_id\":\"b\",\"track_name\":7}\n"
      "{\"track_id\":\"c\",\"track_name\":\"C\"}";
  const auto answer = ask(200, "PUT", "/ml-analytics/tracks", body, kNdjson);
  EXPECT_EQ(answer.at("added"), 2);
  EXPECT_EQ(answer.at("failed"), 3);
  const auto& errors = answer.at("errors").as_array();
  ASSERT_THAT(errors, SizeIs(3));
  EXPECT_EQ(errors[0].at("line"), 3);
  EXPECT_EQ(errors[0].at("detail").at(0).at("type"), "json_invalid");
  EXPECT_EQ(errors[1].at("line"), 4);
  EXPECT_EQ(errors[1].at("detail").at(0).at("loc").at(1), "track_id");
  EXPECT_EQ(errors[2].at("line"), 5);
  EXPECT_EQ(errors[2].at("detail").at(0).at("loc").at(1), "track_name");
  EXPECT_EQ(engine->track(base::ItemId("a")).value()->artist, "X");
  EXPECT_TRUE(engine->track(base::ItemId("c")).value().has_value());
  EXPECT_FALSE(engine->track(base::ItemId("b")).value().has_value());

  const auto again =
      ask(200, "PUT", "/ml-analytics/tracks",
          "{\"track_id\":\"a\",\"track_name\":\"A2\"}\n{\"track_id\":\"c\",\"track_name\":\"C\"}", kNdjson);
  EXPECT_EQ(again.at("updated"), 1);
  EXPECT_EQ(again.at("unchanged"), 1);
}

TEST_F(TrackRoutes, BulkIsBoundedAndTyped) {
  EXPECT_EQ(place(ask(422, "PUT", "/ml-analytics/tracks", " \n ", kNdjson)), "body");
  EXPECT_EQ(ask(415, "PUT", "/ml-analytics/tracks", "{}", {{"Content-Type", "application/json"}}).at("detail"),
            "Content-Type must be application/x-ndjson, a JSON object a line");
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "{}\n";
  EXPECT_EQ(place(ask(422, "PUT", "/ml-analytics/tracks", many, kNdjson)), "body");
  many.resize(many.size() - 3);
  const auto answer = ask(200, "PUT", "/ml-analytics/tracks", many, kNdjson);
  EXPECT_EQ(answer.at("failed"), 10'000);
  EXPECT_THAT(answer.at("errors").as_array(), SizeIs(100)) << "enough to help";
  EXPECT_EQ(send(Role::kListener, "PUT", "/ml-analytics/tracks", "{}", kNdjson).status, 403);
}

TEST_F(TrackRoutes, ATrackIsTakenOut) {
  fill();
  EXPECT_EQ(send(Role::kListener, "DELETE", "/ml-analytics/tracks/m1").status, 403);
  const Response gone = send(Role::kOperator, "DELETE", "/ml-analytics/tracks/m1");
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.body, "");
  ask(404, "GET", "/ml-analytics/tracks/m1");
  EXPECT_EQ(ask(404, "DELETE", "/ml-analytics/tracks/m1").at("detail"), "There is no track with this id");
  const auto entries = callers->security().audit().list(1).value();
  EXPECT_EQ(entries[0].what, "track.delete");
  EXPECT_EQ(entries[0].subject, "m1");
}

TEST_F(TrackRoutes, ArtistsAreListedPageByPage) {
  fill();
  catalog::Item artist;
  artist.id = base::ItemId("artist-1");
  artist.kind = catalog::ItemKind::kArtist;
  artist.title = "Nobody's Artist";
  ASSERT_TRUE(engine->catalog().put_items(std::span(&artist, 1)).ok());
  std::vector<std::string> names;
  std::string target = "/ml-analytics/artists?limit=4";
  for (int pages = 0; pages < 10 && !target.empty(); ++pages) {
    const auto page = ask(200, "GET", target);
    for (const auto& one : page.at("artists").as_array()) {
      names.emplace_back(one.at("artist_name").as_string());
      EXPECT_EQ(one.at("tracks"), names.back() == "Nobody's Artist" ? 0 : 2);
    }
    const auto& next = page.at("next_cursor");
    target = next.is_null() ? "" : "/ml-analytics/artists?limit=4&cursor=" + std::string(next.as_string());
  }
  EXPECT_THAT(names, ElementsAre("Jazz Artist 0", "Jazz Artist 1", "Jazz Artist 2", "Jazz Artist 3", "Jazz Artist 4",
                                 "Metal Artist 0", "Metal Artist 1", "Metal Artist 2", "Metal Artist 3",
                                 "Metal Artist 4", "Nobody's Artist"));
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/artists?cursor=zz")), "query.cursor");
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/artists?limit=501")), "query.limit");
}

TEST_F(TrackRoutes, AnArtistHasItsTracks) {
  fill();
  const auto whole = ask(200, "GET", "/ml-analytics/artists/Metal%20Artist%201");
  EXPECT_EQ(whole.at("artist_name"), "Metal Artist 1");
  EXPECT_TRUE(whole.at("item").is_null());
  EXPECT_THAT(all("track_id", whole.at("tracks")), ElementsAre("m2", "m3"));
  EXPECT_TRUE(whole.at("next_cursor").is_null());
  const auto first = ask(200, "GET", "/ml-analytics/artists/Metal%20Artist%201?limit=1");
  EXPECT_THAT(all("track_id", first.at("tracks")), ElementsAre("m2"));
  const std::string cursor(first.at("next_cursor").as_string());
  const auto rest = ask(200, "GET", "/ml-analytics/artists/Metal%20Artist%201?limit=1&cursor=" + cursor);
  EXPECT_THAT(all("track_id", rest.at("tracks")), ElementsAre("m3"));
  EXPECT_TRUE(rest.at("next_cursor").is_null());
  EXPECT_EQ(ask(404, "GET", "/ml-analytics/artists/Nobody").at("detail"), "There is no artist of this name");
}

// OWASP API3: who may not see paths does not see them in a list either.
TEST_F(TrackRoutes, PathsOfAnArtistsTracksAreNotForEverybody) {
  ask(201, "PUT", "/ml-analytics/tracks/t", R"({"track_name":"T","artist_name":"A","path":"/music/t.flac"})");
  EXPECT_THAT(send(Role::kOperator, "GET", "/ml-analytics/artists/A").body, HasSubstr("/music/t.flac"));
  EXPECT_THAT(send(Role::kListener, "GET", "/ml-analytics/artists/A").body, testing::Not(HasSubstr("/music/t.flac")));
}

}  // namespace
}  // namespace mla::http
