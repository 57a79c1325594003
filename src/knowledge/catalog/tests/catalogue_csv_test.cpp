#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using base::ItemId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class CatalogueCsvTest : public ImportTest {};

TEST_F(CatalogueCsvTest, KnowsCommonColumnNamesAndMergesRowsOfOneId) {
  const auto file = write("songs.csv",
                          "track_id,track_name,track_artist,track_album_id,track_album_name,track_album_release_date,"
                          "playlist_genre,playlist_subgenre,duration_ms,isrc\n"
                          "a1,\"Song, the first\",Ann,x,Alb,2019-06-14,Pop,dance pop,194754,ISRC1\n"
                          "b2,Other,Bob,y,,2012,rock,,,\n"
                          "a1,\"Song, the first\",Ann,x,Alb,2019-06-14,pop,electro,194754,ISRC1\n");
  const ImportReport report = import("catalogue-csv", file).value();
  EXPECT_EQ(report.items, (WriteCounts{.added = 2}));
  EXPECT_EQ(report.rejected, 0);
  EXPECT_THAT(report.notes[0], HasSubstr("title from 'track_name', artist from 'track_artist'"));
  const Item item = catalog_->find_item(ItemId("a1")).value().value();
  EXPECT_EQ(item.title, "Song, the first");
  EXPECT_EQ(item.artist, "Ann");
  EXPECT_EQ(item.album, "Alb");
  EXPECT_EQ(item.release_date, "2019-06-14");
  EXPECT_EQ(item.duration_seconds, 194.754);
  EXPECT_THAT(item.tags, UnorderedElementsAre(Tag{"pop", 2}, Tag{"dance pop", 1}, Tag{"electro", 1}));
  EXPECT_EQ(catalog_->resolve("spotify:track:a1").value(), ItemId("a1"));
  EXPECT_EQ(catalog_->resolve("ISRC1").value(), ItemId("a1"));
  EXPECT_FALSE(catalog_->find_item(ItemId("b2")).value().value().duration_seconds.has_value());
  EXPECT_EQ(import("catalogue-csv", file).value().items, (WriteCounts{.unchanged = 2}));
}

TEST_F(CatalogueCsvTest, ReadsListsTimesAndArtists) {
  const auto file = write("a.csv",
                          "Id,Kind,Name,Genres,Length,MBID,Year\n"
                          "1,artist,Ann,\"folk; Indie Folk|folk\",,m-1,\n"
                          "2,track,Song,\"a, b\",3:03,NA,1999-13-40\n"
                          "3,film,Movie,,,,\n");
  const ImportReport report = import("catalogue-csv", file).value();
  EXPECT_EQ(report.rejected, 1);
  EXPECT_THAT(read(report.rejects_file), HasSubstr("4,\"kind 'film' is neither track nor artist\""));
  const Item artist = catalog_->find_item(ItemId("1")).value().value();
  EXPECT_EQ(artist.kind, ItemKind::kArtist);
  EXPECT_THAT(artist.tags, ElementsAre(Tag{"folk", 1}, Tag{"indie folk", 1}));
  EXPECT_EQ(artist.external_ids.at("mbid"), "m-1");
  const Item song = catalog_->find_item(ItemId("2")).value().value();
  EXPECT_EQ(song.duration_seconds, 183);
  EXPECT_EQ(song.release_date, "1999");
  EXPECT_TRUE(song.external_ids.empty());
  EXPECT_THAT(song.tags, ElementsAre(Tag{"a", 1}, Tag{"b", 1}));
}

TEST_F(CatalogueCsvTest, AnExplicitMappingDecides) {
  const auto file = write("odd.csv", "nr,label,who,genre,mood\n7,Tune,Cy,pop,sad\n");
  EXPECT_THAT(import("catalogue-csv", file).error().message,
              HasSubstr("has no column that is known to hold the id: found 'nr', 'label'"));
  options_.columns = parse_mapping("id=nr,title=Label, artist = who,tags=mood").value();
  ASSERT_TRUE(import("catalogue-csv", file).ok());
  const Item item = catalog_->find_item(ItemId("7")).value().value();
  EXPECT_EQ(item.title, "Tune");
  EXPECT_EQ(item.artist, "Cy");
  EXPECT_THAT(item.tags, ElementsAre(Tag{"sad", 1}));
  options_.columns = parse_mapping("id=nr,title=label,artist=nobody").value();
  EXPECT_THAT(import("catalogue-csv", file).error().message, HasSubstr("has no column 'nobody' for artist"));
  options_.columns = parse_mapping("name=label").value();
  EXPECT_THAT(import("catalogue-csv", file).error().message, HasSubstr("'name' is no field of an item"));
  EXPECT_EQ(parse_mapping("title").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parse_mapping("=x").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(CatalogueCsvTest, RowsOfOneIdMergeAcrossBatches) {
  std::string text = "id,title,tags\nfirst,One,rock\n";
  for (int i = 0; i < 25'000; ++i) text += "x" + std::to_string(i) + ",T,pop\n";
  text += "first,,metal\n";
  const auto file = write("big.csv", text);
  ASSERT_TRUE(import("catalogue-csv", file).ok());
  ASSERT_TRUE(import("catalogue-csv", file).ok());  // weights do not grow with the second run
  const Item item = catalog_->find_item(ItemId("first")).value().value();
  EXPECT_EQ(item.title, "One");
  EXPECT_THAT(item.tags, ElementsAre(Tag{"rock", 1}, Tag{"metal", 1}));
  EXPECT_EQ(catalog_->counts().value().items, 25'001);
}

TEST_F(CatalogueCsvTest, TheRealCatalogueHasItsKnownCount) {
  const auto file = shared("catalog/spotify_songs.csv.gz");
  if (!file) GTEST_SKIP() << "skipped: no ../shared/data";
  EXPECT_EQ(detect_kind(*file).value()->name(), "catalogue-csv");
  const ImportReport report = import("catalogue-csv", *file).value();
  EXPECT_EQ(catalog_->counts().value().items, 28'356);
  EXPECT_EQ(report.rejected, 0);
  const Item item = catalog_->find_item(ItemId("6f807x0ima9a1j3VPbc7VN")).value().value();
  EXPECT_EQ(item.artist, "Ed Sheeran");
  EXPECT_EQ(item.release_date, "2019-06-14");
}

}  // namespace
}  // namespace mla::catalog
