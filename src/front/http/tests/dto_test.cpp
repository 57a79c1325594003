#include "front/http/dto.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/json.h"

namespace mla::http {
namespace {

using testing::ElementsAre;

// "body.config.limit less_than_equal" for each error.
template <class T>
std::vector<std::string> summary(const Parsed<T>& parsed) {
  std::vector<std::string> lines;
  for (const FieldError& error : parsed.errors) {
    std::string place;
    for (const auto& part : error.loc) {
      if (!place.empty()) place += '.';
      place += part.is_string() ? std::string(part.get_string()) : base::to_json_text(part);
    }
    EXPECT_FALSE(error.msg.empty());
    lines.push_back(place + " " + error.type);
  }
  return lines;
}

TEST(RecommendationRequest, TheBriefsOwnExample) {
  const auto parsed = parse_recommendation_request(R"({
    "user_id": "user_12345", "reference_tracks": ["spotify:track:4iV5W9uYEdYUVa79Axb7Rh"],
    "context": {"time_of_day": "abend", "day_of_week": "freitag", "user_mood": "entspannt", "listening_history": true},
    "config": {"algorithm": "hybrid", "diversity_factor": 0.25, "novelty_factor": 0.5, "popularity_bias": 1,
               "temporal_decay": 0}, "limit": 7})");
  ASSERT_TRUE(parsed.errors.empty());
  const recommend::Request& r = parsed.value;
  EXPECT_EQ(r.user.str(), "user_12345");
  EXPECT_THAT(r.reference_tracks, ElementsAre("spotify:track:4iV5W9uYEdYUVa79Axb7Rh"));
  EXPECT_EQ(r.context.time_of_day, "evening");
  EXPECT_EQ(r.context.day_of_week, "friday");
  EXPECT_EQ(r.context.user_mood, "relaxed");
  EXPECT_TRUE(r.context.listening_history);
  EXPECT_EQ(r.algorithm, "hybrid");
  EXPECT_EQ(r.knobs.diversity_factor, 0.25);
  EXPECT_EQ(r.knobs.novelty_factor, 0.5);
  EXPECT_EQ(r.knobs.popularity_bias, 1);
  EXPECT_EQ(r.knobs.temporal_decay, 0);
  EXPECT_EQ(r.limit, 7);
}

TEST(RecommendationRequest, SaysWhatIsNotWanted) {
  const auto parsed = parse_recommendation_request(
      R"({"user_id":"u","less_like":["a","b"],"config":{"clean":true,"remember_shown":false}})");
  ASSERT_TRUE(parsed.errors.empty());
  EXPECT_THAT(parsed.value.less_like, ElementsAre("a", "b"));
  EXPECT_TRUE(parsed.value.clean);
  EXPECT_FALSE(parsed.value.remember_shown);
  const auto plain = parse_recommendation_request(R"({"user_id":"u"})");
  EXPECT_TRUE(plain.value.remember_shown && !plain.value.clean && plain.value.less_like.empty());
}

TEST(RecommendationRequest, WhatIsMissingHasItsDefault) {
  const auto parsed = parse_recommendation_request(R"({"user_id":"u","context":null,"config":{},"unknown":1})");
  ASSERT_TRUE(parsed.errors.empty());
  const recommend::Request defaults;
  EXPECT_EQ(parsed.value.limit, defaults.limit);
  EXPECT_EQ(parsed.value.algorithm, defaults.algorithm);
  EXPECT_EQ(parsed.value.knobs.diversity_factor, defaults.knobs.diversity_factor);
  EXPECT_FALSE(parsed.value.context.time_of_day.has_value());
  EXPECT_TRUE(parsed.value.context.listening_history);
}

TEST(RecommendationRequest, NeedsAUserOrReferences) {
  EXPECT_TRUE(parse_recommendation_request(R"({"reference_tracks":["a"]})").errors.empty());
  EXPECT_THAT(summary(parse_recommendation_request("{}")), ElementsAre("body.user_id missing"));
  EXPECT_THAT(summary(parse_recommendation_request(R"({"user_id":null})")), ElementsAre("body.user_id missing"));
  EXPECT_THAT(summary(parse_recommendation_request(R"({"reference_tracks":[]})")), ElementsAre("body.user_id missing"));
}

TEST(RecommendationRequest, EveryWrongFieldIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"user_id":2})", "body.user_id string_type"},
      {R"({"user_id":""})", "body.user_id string_too_short"},
      {R"({"user_id":"a\u0000b"})", "body.user_id string_control_character"},
      {R"({"user_id":"a\nb"})", "body.user_id string_control_character"},
      {R"({"user_id":["u"]})", "body.user_id string_type"},
      {R"({"user_id":"u","limit":0})", "body.limit greater_than_equal"},
      {R"({"user_id":"u","limit":501})", "body.limit less_than_equal"},
      {R"({"user_id":"u","limit":1e300})", "body.limit less_than_equal"},
      {R"({"user_id":"u","limit":18446744073709551615})", "body.limit less_than_equal"},
      {R"({"user_id":"u","limit":1.5})", "body.limit int_type"},
      {R"({"user_id":"u","limit":"5"})", "body.limit int_type"},
      {R"({"user_id":"u","limit":true})", "body.limit int_type"},
      {R"({"user_id":"u","reference_tracks":"a"})", "body.reference_tracks list_type"},
      {R"({"user_id":"u","reference_tracks":["a",5]})", "body.reference_tracks.1 string_type"},
      {R"({"user_id":"u","reference_tracks":[null]})", "body.reference_tracks.0 string_type"},
      {R"({"user_id":"u","less_like":[5]})", "body.less_like.0 string_type"},
      {R"({"user_id":"u","config":{"clean":"yes"}})", "body.config.clean bool_type"},
      {R"({"user_id":"u","config":{"remember_shown":1}})", "body.config.remember_shown bool_type"},
      {R"({"user_id":"u","context":[]})", "body.context dict_type"},
      {R"({"user_id":"u","context":{"time_of_day":"teatime"}})", "body.context.time_of_day enum"},
      {R"({"user_id":"u","context":{"day_of_week":"8"}})", "body.context.day_of_week enum"},
      {R"({"user_id":"u","context":{"user_mood":5}})", "body.context.user_mood string_type"},
      {R"({"user_id":"u","context":{"listening_history":"yes"}})", "body.context.listening_history bool_type"},
      {R"({"user_id":"u","config":5})", "body.config dict_type"},
      {R"({"user_id":"u","config":{"algorithm":7}})", "body.config.algorithm string_type"},
      {R"({"user_id":"u","config":{"diversity_factor":1.01}})", "body.config.diversity_factor less_than_equal"},
      {R"({"user_id":"u","config":{"novelty_factor":-0.1}})", "body.config.novelty_factor greater_than_equal"},
      {R"({"user_id":"u","config":{"popularity_bias":"a"}})", "body.config.popularity_bias float_type"},
      {R"({"user_id":"u","config":{"temporal_decay":[]}})", "body.config.temporal_decay float_type"},
  };
  for (const auto& [body, expected] : cases) {
    EXPECT_THAT(summary(parse_recommendation_request(body)), ElementsAre(expected)) << body;
  }
  EXPECT_THAT(
      summary(parse_recommendation_request(R"({"user_id":2,"limit":0,"config":{"algorithm":1}})")),
      ElementsAre("body.user_id string_type", "body.config.algorithm string_type", "body.limit greater_than_equal"));
  const std::string long_id(513, 'x');
  EXPECT_THAT(summary(parse_recommendation_request(fmt::format(R"({{"user_id":"{}"}})", long_id))),
              ElementsAre("body.user_id string_too_long"));
  std::string many = R"({"user_id":"u","reference_tracks":["a")";
  for (int i = 0; i < 100; ++i) many += R"(,"a")";
  EXPECT_THAT(summary(parse_recommendation_request(many + "]}")), ElementsAre("body.reference_tracks too_long"));
}

TEST(Json, WhatIsNoJsonIsNamedWithItsPlace) {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string body : {"{", "{\"user_id\":", "{\"user_id\":\"u\"", "[1,]", "{'a':1}", "nul", "{} x", "{}{}",
                                 "{\"a\":NaN}", "{\"a\":01}", "\xff\xfe", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}",
                                 "{\"a\":\"\\ud800\"}", "{\"a\":\"\t\"}", deep.c_str(), "// c\n{}", "\xef\xbb\xbf{}"}) {
    const auto parsed = parse_recommendation_request(body);
    ASSERT_EQ(parsed.errors.size(), 1u) << body;
    EXPECT_EQ(parsed.errors[0].type, "json_invalid") << body;
    EXPECT_EQ(parsed.errors[0].loc.size(), 2u) << body;
  }
  for (const char* body : {"", "   ", "\n"}) {
    EXPECT_THAT(summary(parse_recommendation_request(body)), ElementsAre("body missing")) << body;
  }
  for (const char* body : {"[]", "5", "null", "\"text\"", "true"}) {
    EXPECT_THAT(summary(parse_recommendation_request(body)), ElementsAre("body dict_type")) << body;
    EXPECT_THAT(summary(parse_events(body)), ElementsAre("body dict_type")) << body;
    EXPECT_THAT(summary(parse_track(body, "t")), ElementsAre("body dict_type")) << body;
  }
}

TEST(Events, OneAlone) {
  const auto parsed = parse_events(
      R"({"event_id":"e1","user_id":"u","track_id":"t","type":"skip","timestamp":"2024-05-01T12:00:00Z","weight":2.5,
          "ms_played":1234,"context":{"device":"car","x":0.1}})");
  ASSERT_TRUE(parsed.errors.empty());
  ASSERT_EQ(parsed.value.size(), 1u);
  const catalog::Event& event = parsed.value[0];
  EXPECT_EQ(event.id.str(), "e1");
  EXPECT_EQ(event.user.str(), "u");
  EXPECT_EQ(event.item.str(), "t");
  EXPECT_EQ(event.type, catalog::EventType::kSkip);
  EXPECT_EQ(event.time, 1714564800000);
  EXPECT_EQ(event.weight, 2.5);
  EXPECT_EQ(event.ms_played, 1234);
  EXPECT_EQ(event.context, R"({"device":"car","x":0.1})");
}

TEST(Events, ManyAndTheirTimes) {
  const auto parsed = parse_events(R"({"events":[{"user_id":"u","track_id":"a"},
      {"user_id":"u","track_id":"b","timestamp":1714564800},{"user_id":"u","track_id":"c","timestamp":1714564800000}]})");
  ASSERT_TRUE(parsed.errors.empty());
  ASSERT_EQ(parsed.value.size(), 3u);
  EXPECT_FALSE(parsed.value[0].time.has_value());
  EXPECT_EQ(parsed.value[0].type, catalog::EventType::kListen);
  EXPECT_TRUE(parsed.value[0].id.empty());
  EXPECT_EQ(parsed.value[1].time, 1714564800000);
  EXPECT_EQ(parsed.value[2].time, 1714564800000);
}

TEST(Events, ATimeWithAnOffsetKeepsTheListenersClock) {
  const auto parsed = parse_events(
      R"({"user_id":"u","track_id":"t","timestamp":"2024-05-01T12:00:00-07:00","context":{"device":"car"}})");
  ASSERT_TRUE(parsed.errors.empty());
  EXPECT_EQ(parsed.value[0].time, 1714590000000);
  EXPECT_EQ(parsed.value[0].context, R"({"device":"car","utc_offset_minutes":-420})");
}

TEST(Events, EveryWrongFieldIsNamed) {
  const auto with = [](std::string_view more) { return fmt::format(R"({{"user_id":"u","track_id":"t",{}}})", more); };
  const std::pair<std::string, const char*> cases[] = {
      {R"({"user_id":"u"})", "body.track_id missing"},
      {R"({"track_id":"t"})", "body.user_id missing"},
      {R"({"user_id":"u","track_id":""})", "body.track_id string_too_short"},
      {R"({"events":[]})", "body.events too_short"},
      {R"({"events":{}})", "body.events list_type"},
      {R"({"events":[5]})", "body.events.0 dict_type"},
      {R"({"events":[{"user_id":"u","track_id":"t"},{"user_id":"u"}]})", "body.events.1.track_id missing"},
      {with(R"("type":"love")"), "body.type enum"},
      {with(R"("type":5)"), "body.type string_type"},
      {with(R"("timestamp":"yesterday")"), "body.timestamp datetime_type"},
      {with(R"("timestamp":-5)"), "body.timestamp datetime_type"},
      {with(R"("timestamp":1e99)"), "body.timestamp datetime_type"},
      {with(R"("timestamp":{})"), "body.timestamp datetime_type"},
      {with(R"("weight":0)"), "body.weight greater_than"},
      {with(R"("weight":-1)"), "body.weight greater_than_equal"},
      {with(R"("weight":1e10)"), "body.weight less_than_equal"},
      {with(R"("ms_played":-1)"), "body.ms_played greater_than_equal"},
      {with(R"("ms_played":1.5)"), "body.ms_played int_type"},
      {with(R"("context":"car")"), "body.context dict_type"},
      {with(fmt::format(R"("context":{{"a":"{}"}})", std::string(4096, 'x'))), "body.context too_long"},
      {with(R"("event_id":7)"), "body.event_id string_type"},
  };
  for (const auto& [body, expected] : cases) EXPECT_THAT(summary(parse_events(body)), ElementsAre(expected)) << body;
}

TEST(Events, AtMostAThousand) {
  const auto list = [](int count) {
    std::string body = R"({"events":[)";
    for (int i = 0; i < count; ++i) body += fmt::format(R"({}{{"user_id":"u","track_id":"t{}"}})", i > 0 ? "," : "", i);
    return body + "]}";
  };
  EXPECT_EQ(parse_events(list(1000)).value.size(), 1000u);
  EXPECT_THAT(summary(parse_events(list(1001))), ElementsAre("body.events too_long"));
}

// A thousand bad events must not make an answer of megabytes.
TEST(Events, ErrorsAreCapped) {
  std::string body = R"({"events":[{})";
  for (int i = 1; i < 1000; ++i) body += ",{}";
  EXPECT_EQ(parse_events(body + "]}").errors.size(), 50u);
}

TEST(Track, WholeAndBack) {
  const auto parsed =
      parse_track(R"({"track_id":"t/1","kind":"track","track_name":"Angel","artist_name":"Massive Attack",
      "album":"Mezzanine","duration_seconds":379.5,"path":"/m/a.flac","release_date":"1998-04-20",
      "tags":["Trip-Hop",{"name":"dark","weight":3},"trip-hop"],"external_ids":{"isrc":"GBAAA9800322"}})",
                  "t/1");
  ASSERT_TRUE(parsed.errors.empty());
  const catalog::Item& item = parsed.value;
  EXPECT_EQ(item.id.str(), "t/1");
  EXPECT_EQ(item.kind, catalog::ItemKind::kTrack);
  EXPECT_EQ(item.duration_seconds, 379.5);
  EXPECT_THAT(item.tags, ElementsAre(catalog::Tag{"trip-hop", 1}, catalog::Tag{"dark", 3}));
  EXPECT_EQ(item.external_ids.at("isrc"), "GBAAA9800322");
  const std::string text = base::to_json_text(to_json(item));
  EXPECT_EQ(
      text,
      R"({"track_id":"t/1","kind":"track","track_name":"Angel","artist_name":"Massive Attack","album":"Mezzanine",)"
      R"("duration_seconds":379.5,"path":"/m/a.flac","release_date":"1998-04-20",)"
      R"("tags":[{"name":"trip-hop","weight":1},{"name":"dark","weight":3}],"external_ids":{"isrc":"GBAAA9800322"}})");
  // What was answered can be sent back.
  EXPECT_EQ(parse_track(text, "t/1").value, item);
}

TEST(Track, AnArtistIsNamedByItsTitle) {
  const auto parsed = parse_track(R"({"kind":"artist","track_name":"Low","artist_name":"ignored"})", "7");
  EXPECT_EQ(parsed.value.artist_name(), "Low");
  EXPECT_EQ(parsed.value.artist, "");
  EXPECT_EQ(parse_track(base::to_json_text(to_json(parsed.value)), "7").value, parsed.value);
}

TEST(Track, EveryWrongFieldIsNamed) {
  const auto with = [](std::string_view more) { return fmt::format(R"({{"track_name":"x",{}}})", more); };
  const std::pair<std::string, const char*> cases[] = {
      {"{}", "body.track_name missing"},
      {R"({"track_name":""})", "body.track_name string_too_short"},
      {with(R"("track_id":"other")"), "body.track_id value_error"},
      {with(R"("kind":"album")"), "body.kind enum"},
      {with(R"("duration_seconds":-1)"), "body.duration_seconds greater_than_equal"},
      {with(R"("release_date":"20.4.1998")"), "body.release_date date_type"},
      {with(R"("release_date":"1998-13")"), "body.release_date date_type"},
      {with(R"("release_date":"1998-01-32")"), "body.release_date date_type"},
      {with(R"("tags":"a")"), "body.tags list_type"},
      {with(R"("tags":[1])"), "body.tags.0 dict_type"},
      {with(R"("tags":[{"weight":1}])"), "body.tags.0.name missing"},
      {with(R"("tags":[{"name":"a","weight":0}])"), "body.tags.0.weight greater_than_equal"},
      {with(R"("external_ids":{"isrc":5})"), "body.external_ids.isrc string_type"},
      {with(R"("external_ids":[])"), "body.external_ids dict_type"},
  };
  for (const auto& [body, expected] : cases)
    EXPECT_THAT(summary(parse_track(body, "t")), ElementsAre(expected)) << body;
}

TEST(Answer, NumbersPrintAsPeopleExpect) {
  recommend::Answer answer;
  answer.model = "hybrid/3";
  answer.notes = {"no history yet"};
  recommend::Recommendation one;
  one.track_id = base::ItemId("t1");
  one.track_name = "Söng \"1\"";
  one.artist_name = "A";
  one.confidence_score = 0.1;
  one.recommendation_reason = "because";
  one.evidence = {base::ItemId("t2")};
  answer.recommendations = {one};
  EXPECT_EQ(to_json_text(answer, "r1"),
            R"({"recommendations":[{"track_id":"t1","track_name":"Söng \"1\"","artist_name":"A","album":"",)"
            R"("confidence_score":0.1,"recommendation_reason":"because","evidence":["t2"]}],)"
            R"("model":"hybrid/3","request_id":"r1","notes":["no history yet"]})");
}

}  // namespace
}  // namespace mla::http
