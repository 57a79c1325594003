#include "knowledge/catalog/tests/history_fixture.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kExport =
    R"({"listened_at":1714564800,"user_name":"anna","track_metadata":{"track_name":"Parklife","artist_name":"Blur",)"
    R"("release_name":"Parklife","additional_info":{"duration_ms":187000,"isrc":"GBAYE9400019",)"
    R"("spotify_id":"https://open.spotify.com/track/7"},"mbid_mapping":{"recording_mbid":"mb-1"}}})"
    "\n";

class ListenBrainz : public HistoryTest {};

TEST_F(ListenBrainz, LinesOfAnExport) {
  const auto file = write("5.jsonl", kExport);
  EXPECT_EQ(detect_kind(file).value()->name(), "listenbrainz");
  EXPECT_EQ(import("listenbrainz", file).value().events.added, 1);
  EXPECT_EQ(import("listenbrainz", file).value().events.unchanged, 1);
  EXPECT_THAT(heard(), ElementsAre("2024-05-01T12:00:00 listen Blur/Parklife"));
  const Item item = *catalog_->find_item(events()[0].item).value();
  EXPECT_EQ(item.duration_seconds, 187);
  EXPECT_EQ(item.external_ids.at("mbid"), "mb-1");
  EXPECT_EQ(item.external_ids.at("isrc"), "GBAYE9400019");
}

TEST_F(ListenBrainz, BodiesOfSubmitListensAndAnswersOfTheApi) {
  const auto file = write(
      "bodies.json",
      R"({"listen_type":"import","payload":[{"listened_at":1714564800,"track_metadata":{"track_name":"a","artist_name":"b"}},)"
      R"({"listened_at":1714565800,"track_metadata":{"track_name":"c","artist_name":"d"}}]})"
      "\n"
      R"({"listen_type":"playing_now","payload":[{"track_metadata":{"track_name":"a","artist_name":"b"}}]})"
      "\n"
      R"({"payload":{"count":1,"listens":[{"listened_at":1714566800,"track_metadata":{"track_name":"e","artist_name":"f"}}]}})");
  const ImportReport report = import("listenbrainz", file).value();
  EXPECT_EQ(report.events.added, 3);
  EXPECT_THAT(report.notes, ElementsAre("1 notes of what is playing now passed over"));
}

TEST_F(ListenBrainz, ABetterMappingLaterIsNotAnotherListen) {
  import("listenbrainz", write("a.jsonl", kExport)).value();
  std::string later = kExport;
  later.replace(later.find("mb-1"), 4, "mb-2");
  EXPECT_EQ(import("listenbrainz", write("b.jsonl", later)).value().events.added, 0);
}

TEST_F(ListenBrainz, RowsThatAreNoListensAndAnotherAccount) {
  const auto file = write("a.jsonl", std::string(kExport) +
                                         "{\"track_metadata\":{\"track_name\":\"a\",\"artist_name\":\"b\"}}\n"
                                         "{\"listened_at\":1,\"track_metadata\":{\"track_name\":\"a\"}}\n{\"a\":1}\n");
  const ImportReport report = import("listenbrainz", file).value();
  EXPECT_EQ(report.rejected, 3);
  EXPECT_THAT(read(report.rejects_file), HasSubstr("listened_at is missing"));
  std::string bob = kExport;
  bob.replace(bob.find("anna"), 4, "bobb");
  EXPECT_FALSE(import("listenbrainz", write("b.jsonl", bob)).ok());
}

TEST_F(ListenBrainz, TheSameScrobblesOfLastFmAreNotDoubled) {
  import("listenbrainz", write("a.jsonl", kExport)).value();
  const auto csv = write("lastfm.csv",
                         "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
                         "1714564801,\"01 May 2024, 12:00\",Blur,,Parklife,,Parklife,mb-1\n");
  EXPECT_EQ(import("lastfm-csv", csv).value().events.unchanged, 1);
}

}  // namespace
}  // namespace mla::catalog
