#include "knowledge/catalog/import/history_columns.h"
#include "knowledge/catalog/tests/history_fixture.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LastfmCsv : public HistoryTest {};

TEST_F(LastfmCsv, WithTheHeaderOfTheCommonExporter) {
  const auto file =
      write("recenttracks-anna.csv",
            "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
            "\"1714564800\",\"01 May 2024, 12:00\",\"Blur\",\"\",\"Parklife\",\"\",\"Parklife\",\"mb-1\"\n"
            "\"\",\"\",\"Blur\",\"\",\"\",\"\",\"Now\",\"\"\n"
            "1714564900,x,,,,,no artist,\n");
  EXPECT_EQ(detect_kind(file).value()->name(), "lastfm-csv");
  const ImportReport report = import("lastfm-csv", file).value();
  EXPECT_EQ(report.events.added, 1);
  EXPECT_EQ(report.rejected, 1);
  EXPECT_THAT(report.notes, ElementsAre("1 rows without a time (playing now) passed over"));
  EXPECT_THAT(heard(), ElementsAre("2024-05-01T12:00:00 listen Blur/Parklife"));
  EXPECT_EQ(catalog_->find_item(events()[0].item).value()->external_ids.at("mbid"), "mb-1");
}

TEST_F(LastfmCsv, WithoutAHeaderInBothLayouts) {
  const auto file = write("anna.csv", "311,Music,Feels So Good,01 May 2024 12:00\nBlur,Parklife,Parklife,\n");
  EXPECT_EQ(detect_kind(file).value()->name(), "lastfm-csv");
  EXPECT_EQ(import("lastfm-csv", file).value().events.added, 1);
  EXPECT_THAT(heard(), ElementsAre("2024-05-01T12:00:00 listen 311/Feels So Good"));
  const auto dated = write("dated.csv", "2024-05-02,12:00:30,Blur,1979\n");
  EXPECT_EQ(import("lastfm-csv", dated).value().events.added, 1);
  EXPECT_EQ(heard().back(), "2024-05-02T12:00:30 listen Blur/1979");
}

TEST_F(LastfmCsv, TheSameListensInAnotherLayoutAreNotDoubled) {
  import("lastfm-csv", write("a.csv", "uts,artist,track\n1714564833,Blur,Parklife\n")).value();
  EXPECT_EQ(import("lastfm-csv", write("b.csv", "Blur,Parklife,Parklife,01 May 2024 12:00\n")).value().events.added, 0);
}

TEST_F(LastfmCsv, OtherFilesAreRefused) {
  const auto refused = import("lastfm-csv", write("x.csv", "a,b\n1,2\n"));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("no layout of a Last.fm export"));
  EXPECT_FALSE(import("lastfm-csv", write("empty.csv", "")).ok());
  EXPECT_NE(detect_kind(write("e.csv", "user,item,timestamp\nu,i,1\n")).value()->name(), "lastfm-csv");
}

TEST(HistoryTime, AsLastFmAndOthersWriteIt) {
  const auto noon = base::parse_time("2024-05-01 12:00").value();
  for (const char* text :
       {"01 May 2024, 12:00", "1 May 2024 12:00", "2024-05-01T12:00:00Z", "1714564800", "01 may 2024, 12:00:00"}) {
    EXPECT_EQ(parse_history_time(text).value(), noon) << text;
  }
  for (const char* text : {"", "01 May", "40 May 2024, 12:00", "01 Foo 2024, 12:00", ",,,", "01 May 2024, noon"}) {
    EXPECT_FALSE(parse_history_time(text).ok()) << text;
  }
}

}  // namespace
}  // namespace mla::catalog
