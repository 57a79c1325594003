#include "knowledge/catalog/tests/history_fixture.h"
#include "knowledge/catalog/utc_offset.h"

// Apple's and Google's exports.
namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AppleTakeout : public HistoryTest {};

constexpr const char* kHeader =
    "Song Name,Artist Name,Album Name,Event Type,End Reason Type,Event Start Timestamp,Play Duration Milliseconds,"
    "Media Duration In Milliseconds,UTC Offset In Seconds,Media Type\n";

TEST_F(AppleTakeout, EndsOfPlaysAreListensOrSkips) {
  const auto file =
      write("Apple Music Play Activity.csv",
            std::string(kHeader) +
                "a,Blur,P,PLAY_END,NATURAL_END_OF_TRACK,2024-05-01T12:00:00Z,200000,200000,7200,AUDIO\n"
                "b,Blur,P,PLAY_END,TRACK_SKIPPED_FORWARDS,2024-05-01T12:04:00Z,5000,200000,7200,AUDIO\n"
                "c,Blur,P,PLAY_END,PLAYBACK_MANUALLY_PAUSED,2024-05-01T12:05:00Z,90000,200000,7200,AUDIO\n"
                "d,Blur,P,PLAY_END,FAILED_TO_LOAD,2024-05-01T12:06:00Z,0,200000,7200,AUDIO\n"
                "e,Blur,P,PLAY_START,NOT_APPLICABLE,2024-05-01T12:07:00Z,0,200000,7200,AUDIO\n"
                "f,Blur,P,PLAY_END,NATURAL_END_OF_TRACK,2024-05-01T12:08:00Z,9000,9000,7200,VIDEO\n"
                "g,Blur,P,PLAY_END,NATURAL_END_OF_TRACK,2024-05-01T12:09:00Z,many,9000,7200,AUDIO\n"
                ",Blur,P,PLAY_END,NATURAL_END_OF_TRACK,2024-05-01T12:10:00Z,9000,9000,7200,AUDIO\n");
  EXPECT_EQ(detect_kind(file).value()->name(), "apple-takeout");
  const ImportReport report = import("apple-takeout", file).value();
  EXPECT_EQ(report.rejected, 1);
  EXPECT_THAT(heard(), ElementsAre("2024-05-01T12:00:00 listen Blur/a", "2024-05-01T12:04:00 skip Blur/b"));
  EXPECT_EQ(report.notes.size(), 5U);
  EXPECT_EQ(utc_offset_in_context(events()[0].context), 120) << "as training and profiles read it";
  EXPECT_EQ(catalog_->find_item(events()[0].item).value()->duration_seconds, 200);
  EXPECT_EQ(import("apple-takeout", folder_).value().events.added, 0);
}

TEST_F(AppleTakeout, WithoutArtistsTheAlbumKeepsSongsApart) {
  const auto file = write("a.csv", std::string(kHeader) +
                                       "Intro,,xx,,NATURAL_END_OF_TRACK,2024-05-01T12:00:00Z,127000,,,\n"
                                       "Intro,,Other,,NATURAL_END_OF_TRACK,2024-05-01T12:00:10Z,127000,,,\n");
  EXPECT_EQ(import("apple-takeout", file).value().items.added, 2);
}

TEST_F(AppleTakeout, OtherFilesAreRefused) {
  EXPECT_THAT(import("apple-takeout", write("x.csv", "a,b\n1,2\n")).error().message,
              HasSubstr("no 'Apple Music Play Activity.csv'"));
}

class GoogleTakeout : public HistoryTest {};

std::string watched(std::string_view header, std::string_view title, std::string_view channel, std::string_view time) {
  return fmt::format(R"({{"header":"{}","title":"{}","titleUrl":"https://www.youtube.com/watch?v=x",)"
                     R"("subtitles":[{{"name":"{}","url":"https://y"}}],"time":"{}","products":["YouTube"]}})",
                     header, title, channel, time);
}

TEST_F(GoogleTakeout, WhatWasWatchedInYouTubeMusic) {
  const auto file =
      write("watch-history.json",
            "[" + watched("YouTube Music", "Watched Solar", "Sault - Topic", "2022-04-25T18:09:04.784Z") + "," +
                watched("YouTube Music", "Blur - Parklife angesehen", "somebody", "2022-04-25T18:10:04Z") + "," +
                watched("YouTube", "Watched A cat", "Cats", "2022-04-25T18:11:04Z") + "," +
                watched("YouTube Music", "Watched x", "y", "never") + "," +
                R"({"header":"YouTube Music","title":"Watched https://y","time":"2022-04-25T18:11:04Z"})" + "]");
  EXPECT_EQ(detect_kind(file).value()->name(), "google-takeout");
  const ImportReport report = import("google-takeout", file).value();
  EXPECT_EQ(report.rejected, 1);
  EXPECT_THAT(heard(),
              ElementsAre("2022-04-25T18:09:04 listen Sault/Solar", "2022-04-25T18:10:04 listen Blur/Parklife"));
  EXPECT_EQ(report.notes.size(), 2U);
  EXPECT_EQ(import("google-takeout", folder_).value().events.added, 0);
}

}  // namespace
}  // namespace mla::catalog
