#include <fmt/format.h>

#include "knowledge/catalog/tests/history_fixture.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A row of the extended history.
std::string row(std::string_view ts, int ms, std::string_view title, std::string_view more = "",
                std::string_view id = "1") {
  return fmt::format(R"({{"ts":"{}","username":"anna","platform":"ios","ms_played":{},"conn_country":"DE",)"
                     R"("master_metadata_track_name":"{}","master_metadata_album_artist_name":"Blur",)"
                     R"("master_metadata_album_album_name":"Parklife","spotify_track_uri":"spotify:track:{}",)"
                     R"("episode_name":null,"spotify_episode_uri":null,"reason_start":"clickrow",{}"shuffle":false}})",
                     ts, ms, title, id, more);
}

class SpotifyHistory : public HistoryTest {};

TEST_F(SpotifyHistory, ListensAndSkips) {
  const auto file = write("Streaming_History_Audio_2024.json",
                          "[" + row("2024-05-01T12:00:00Z", 200'000, "a", R"("reason_end":"trackdone",)") + "," +
                              row("2024-05-01T12:01:00Z", 29'999, "b", R"("reason_end":"fwdbtn",)") + "," +
                              row("2024-05-01T12:02:00Z", 30'000, "c", R"("reason_end":"fwdbtn",)") + "," +
                              row("2024-05-01T12:03:00Z", 60'000, "d", R"("skipped":true,)") + "," +
                              row("2024-05-01T12:04:00Z", 110'000, "e", R"("skipped":true,)") + "," +
                              row("2024-05-01T12:05:00Z", 12'000, "f", R"("reason_end":"trackdone",)") + "," +
                              row("2024-05-01T12:06:00Z", 12'000, "g", R"("reason_end":"logout",)") + "]");
  const ImportReport report = import("spotify-history", file).value();
  EXPECT_EQ(report.events.added, 6);
  EXPECT_THAT(report.notes, ElementsAre("1 short plays that broke off passed over"));
  EXPECT_EQ(catalog_->counts().value().items, 1);  // one id for all of them here
  std::vector<EventType> types;
  for (const Event& event : events()) types.insert(types.begin(), event.type);
  using enum EventType;
  EXPECT_THAT(types, ElementsAre(kListen, kSkip, kListen, kSkip, kListen, kListen));
  EXPECT_EQ(events().back().context, R"({"reason_start":"clickrow","reason_end":"trackdone"})");
  EXPECT_EQ(events().back().ms_played, 200'000);
  const Item item = *catalog_->find_item(base::ItemId("spotify:track:1")).value();
  EXPECT_EQ(item.artist, "Blur");
  EXPECT_EQ(item.album, "Parklife");
  EXPECT_EQ(item.external_ids.at("spotify"), "spotify:track:1");
}

TEST_F(SpotifyHistory, PodcastsAndNamelessRowsArePassedOver) {
  const auto file = write(
      "endsong_0.json",
      R"([{"ts":"2024-05-01T12:00:00Z","ms_played":1,"master_metadata_track_name":null,"episode_name":"Pod"},)"
      R"({"ts":"2024-05-01T12:00:00Z","ms_played":1,"master_metadata_track_name":null,"audiobook_title":"Book"},)"
      R"({"ts":"2024-05-01T12:00:00Z","ms_played":1,"master_metadata_track_name":null,"spotify_track_uri":null}])");
  const ImportReport report = import("spotify-history", file).value();
  EXPECT_EQ(report.rejected, 0);
  EXPECT_THAT(report.notes, ElementsAre("1 audiobook chapters passed over", "1 podcast episodes passed over",
                                        "1 rows without a track's name passed over"));
}

TEST_F(SpotifyHistory, TwiceAndOverlappingExportsAreOneHistory) {
  const std::string a = row("2024-05-01T12:00:10Z", 200'000, "a");
  const std::string b = row("2024-05-01T12:05:00Z", 200'001, "a");
  const std::string c = row("2024-05-01T12:09:00Z", 200'002, "a");
  write("Streaming_History_Audio_1.json", "[" + a + "," + b + "," + a + "]");
  write("Streaming_History_Audio_2.json", "[" + b + "," + c + "]");
  write("notes.json", R"({"no":"history"})");
  const ImportReport report = import("spotify-history", folder_).value();
  EXPECT_EQ(report.events.added, 3);
  EXPECT_EQ(report.events.unchanged, 2);
  EXPECT_EQ(import("spotify-history", folder_).value().events.added, 0);
  EXPECT_EQ(heard().size(), 3U);
}

TEST_F(SpotifyHistory, TheAccountDataSaysTheSameByTheMinute) {
  const auto old = write("StreamingHistory_music_0.json",
                         R"([{"endTime":"2024-05-01 12:00","artistName":"Blur","trackName":"a","msPlayed":200000},)"
                         R"({"endTime":"2023-01-01 09:30","artistName":"Blur","trackName":"b","msPlayed":2000}])");
  EXPECT_EQ(import("spotify-history", old).value().events.added, 2);
  EXPECT_THAT(heard(), ElementsAre("2023-01-01T09:30:00 skip Blur/b", "2024-05-01T12:00:00 listen Blur/a"));
  const auto extended = write("Streaming_History_Audio_1.json", "[" + row("2024-05-01T12:00:10Z", 200'000, "a") + "]");
  const ImportReport report = import("spotify-history", extended).value();
  EXPECT_EQ(report.events.added, 0);
  EXPECT_EQ(report.events.unchanged, 1);
}

TEST_F(SpotifyHistory, HeardTwiceToTheEndTellsTheDuration) {
  const std::string end = R"("reason_end":"trackdone",)";
  const auto file = write("e.json", "[" + row("2024-05-01T12:00:00Z", 180'000, "a", end) + "," +
                                        row("2024-05-02T12:00:00Z", 214'200, "a", end) + "," +
                                        row("2024-05-03T12:00:00Z", 214'250, "a", end) + "]");
  import("spotify-history", file).value();
  EXPECT_EQ(catalog_->find_item(base::ItemId("spotify:track:1")).value()->duration_seconds, 214.25);
}

TEST_F(SpotifyHistory, BadRowsAreRejectedWithLineAndReason) {
  const auto file =
      write("e.json", "[" + row("yesterday", 200'000, "a") + ",\n" + row("2024-05-01T12:00:00Z", -5, "a") + ",\n" +
                          row("2024-05-01T12:00:00Z", 200'000, "a") + ",\n{\"x\":1},\n{\"ts\":");
  const ImportReport report = import("spotify-history", file).value();
  EXPECT_EQ(report.events.added, 1);
  EXPECT_EQ(report.rejected, 4);
  const std::string rejects = read(report.rejects_file);
  EXPECT_THAT(rejects, HasSubstr("e.json:1"));
  EXPECT_THAT(rejects, HasSubstr("ms_played is not a whole number"));
  EXPECT_THAT(rejects, HasSubstr("neither a row of the extended"));
  EXPECT_THAT(rejects, HasSubstr("cut off"));
}

TEST_F(SpotifyHistory, ARowBeyondTheLimitIsOneRejectAndNothingElseIsLost) {
  const std::string large = row("2024-05-01T12:01:00Z", 200'000, std::string(std::size_t{3} << 20, 'x'));
  const auto file = write("e.json", "[" + row("2024-05-01T12:00:00Z", 200'000, "a") + ",\n" + large + "," +
                                        row("2024-05-01T12:05:00Z", 200'000, "c") + "]");
  const ImportReport report = import("spotify-history", file).value();
  EXPECT_EQ(report.events.added, 2);
  EXPECT_EQ(report.rejected, 1);
  const std::string rejects = read(report.rejects_file);
  EXPECT_THAT(rejects, HasSubstr("e.json:2"));
  EXPECT_THAT(rejects, HasSubstr("an object of more than 1048576 bytes"));
  EXPECT_LT(rejects.size(), std::size_t{1} << 16) << "the row is not copied as a whole";
  const auto deep = write(
      "deep.json",
      "[" + row("2024-06-01T12:00:00Z", 200'000, "a", R"("x":)" + std::string(500, '[') + std::string(500, ']') + ",") +
          "," + row("2024-06-01T12:05:00Z", 200'000, "c") + "]");
  const ImportReport other = import("spotify-history", deep).value();
  EXPECT_EQ(other.events.added, 1);
  EXPECT_EQ(other.rejected, 1);
}

TEST_F(SpotifyHistory, MergedAccountsPartAgain) {
  const auto of = [&](const char* account, const char* time) {
    std::string one = row(time, 200'000, "a");
    one.replace(one.find("anna"), 4, account);
    return write(std::string(account) + ".json", "[" + one + "]");
  };
  const auto anna = of("anna", "2024-05-01T12:00:00Z");
  const auto bob = of("bobb", "2024-05-01T13:00:00Z");
  const auto cleo = of("cleo", "2024-05-01T14:00:00Z");
  import("spotify-history", anna).value();
  options_.merge_accounts = true;
  import("spotify-history", bob).value();
  options_.merge_accounts = false;
  const auto third = import("spotify-history", cleo);
  ASSERT_FALSE(third.ok()) << "two accounts do not open the door to a third";
  EXPECT_THAT(third.error().message, HasSubstr("that of 'anna', 'bobb'"));
  options_.user = "bob";
  EXPECT_EQ(import("spotify-history", bob).value().events.added, 1);
  EXPECT_FALSE(import("spotify-history", anna).ok()) << "bob's own user is not anna's";
  EXPECT_THAT(heard("bob"), ElementsAre("2024-05-01T13:00:00 listen Blur/a"));
  EXPECT_THAT(heard("me"), ElementsAre("2024-05-01T12:00:00 listen Blur/a", "2024-05-01T13:00:00 listen Blur/a"));
  options_.user = "me";
  for (const auto& file : {anna, bob}) EXPECT_EQ(import("spotify-history", file).value().events.unchanged, 1);
}

TEST_F(SpotifyHistory, AnotherPersonsExportIsRefused) {
  const auto anna = write("a.json", "[" + row("2024-05-01T12:00:00Z", 200'000, "a") + "]");
  std::string other = row("2024-05-01T13:00:00Z", 200'000, "b");
  other.replace(other.find("anna"), 4, "bob!");
  const auto bob = write("b.json", "[" + other + "]");
  ASSERT_TRUE(import("spotify-history", anna).ok());
  const auto refused = import("spotify-history", bob);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("account 'bob!', but user 'me' has that of 'anna'"));
  EXPECT_EQ(heard().size(), 1U);
  options_.merge_accounts = true;
  EXPECT_EQ(import("spotify-history", bob).value().events.added, 1);
  options_.merge_accounts = false;
  EXPECT_EQ(import("spotify-history", bob).value().events.unchanged, 1);  // remembered
  options_.user = "bob";
  const ImportReport report = import("spotify-history", bob).value();
  EXPECT_EQ(report.events.added, 1);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("was imported for user 'me' before")));
}

TEST_F(SpotifyHistory, CancelledAndEmpty) {
  const auto file = write("e.json", "[" + row("2024-05-01T12:00:00Z", 200'000, "a") + "]");
  cancel_.cancel();
  EXPECT_FALSE(import("spotify-history", file).ok());
  EXPECT_THAT(heard(), IsEmpty());
  std::filesystem::create_directory(folder_ / "empty");
  const auto empty = import("spotify-history", folder_ / "empty");
  ASSERT_FALSE(empty.ok());
  EXPECT_THAT(empty.error().message, HasSubstr("Streaming_History_Audio"));
  EXPECT_EQ(detect_kind(file).value()->name(), "spotify-history");
  EXPECT_EQ(detect_kind(folder_).value()->name(), "spotify-history");
}

}  // namespace
}  // namespace mla::catalog
