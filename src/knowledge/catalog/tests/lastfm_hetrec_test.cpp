#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using base::ItemId;
using base::UserId;
using testing::ElementsAre;
using testing::HasSubstr;

class LastfmHetrecTest : public ImportTest {
 protected:
  // A small folder with the quirks of the real one: CRLF, Latin-1, an artist that is not listed.
  std::filesystem::path small() const {
    write("artists.dat", "id\tname\turl\tpictureURL\n51\tDuran \"Duran\tu51\tp\n52\tBj\xC3\xB6rk\t\tp\n");
    write("tags.dat", "tagID\ttagValue\r\n1\tMetal\r\n2\tch\xE9ri\r\n");
    write(
        "user_taggedartists.dat",
        "userID\tartistID\ttagID\tday\tmonth\tyear\n2\t51\t1\t1\t4\t2009\n3\t51\t1\t1\t4\t2009\n2\t51\t2\t1\t4\t2009\n"
        "2\t999\t1\t1\t4\t2009\n2\t51\t77\t1\t4\t2009\n");
    write("user_artists.dat", "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t0\n3\t52\t5\n");
    write("user_friends.dat", "userID\tfriendID\r\n2\t3\r\n3\t2\r\n");
    return folder_;
  }
};

TEST_F(LastfmHetrecTest, ReadsArtistsTagsPlaysAndFriends) {
  const ImportReport report = import("lastfm-hetrec", small()).value();
  EXPECT_EQ(report.items, (WriteCounts{.added = 2}));
  EXPECT_EQ(report.events, (WriteCounts{.added = 2}));
  EXPECT_EQ(report.friends, 1);
  EXPECT_EQ(report.rejected, 2);  // the tag 77 and the weight 0
  EXPECT_THAT(read(report.rejects_file), HasSubstr("user_artists:3,\"weight '0' is not a number above 0\""));
  EXPECT_THAT(report.notes, ElementsAre("1 tag assignments to artists that are not listed"));
  const Item artist = catalog_->find_item(ItemId("51")).value().value();
  EXPECT_EQ(artist.kind, ItemKind::kArtist);
  EXPECT_EQ(artist.title, "Duran \"Duran");
  EXPECT_EQ(artist.external_ids.at("url"), "u51");
  EXPECT_THAT(artist.tags, ElementsAre(Tag{"chéri", 1}, Tag{"metal", 2}));
  EXPECT_EQ(catalog_->find_item(ItemId("52")).value().value().title, "Björk");
  const std::vector<Event> history = catalog_->history(UserId("2"), 10).value();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].weight, 13883);
  EXPECT_FALSE(history[0].time.has_value());
  EXPECT_THAT(catalog_->friends(UserId("3")).value(), ElementsAre(UserId("2")));
}

TEST_F(LastfmHetrecTest, ASecondRunAddsNothing) {
  ASSERT_TRUE(import("lastfm-hetrec", small()).ok());
  const ImportReport again = import("lastfm-hetrec", folder_).value();
  EXPECT_EQ(again.items, (WriteCounts{.unchanged = 2}));
  EXPECT_EQ(again.events, (WriteCounts{.unchanged = 2}));
  EXPECT_EQ(again.friends, 0);
}

TEST_F(LastfmHetrecTest, IsDetectedByItsFiles) { EXPECT_EQ(detect_kind(small()).value()->name(), "lastfm-hetrec"); }

TEST_F(LastfmHetrecTest, AMissingFileOrColumnIsNamed) {
  small();
  std::filesystem::remove(folder_ / "tags.dat");
  EXPECT_THAT(import("lastfm-hetrec", folder_).error().message, HasSubstr("has no tags.dat or tags.dat.gz"));
  write("tags.dat", "tag\tvalue\n");
  const auto refused = import("lastfm-hetrec", folder_);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("'tags.dat' has no column 'tagid': found 'tag', 'value'"));
}

TEST_F(LastfmHetrecTest, TheRealDataHasItsKnownCounts) {
  const auto folder = shared("recsys/hetrec-lastfm");
  if (!folder) GTEST_SKIP() << "skipped: no ../shared/data";
  EXPECT_EQ(detect_kind(*folder).value()->name(), "lastfm-hetrec");
  const ImportReport report = import("lastfm-hetrec", *folder).value();
  EXPECT_EQ(catalog_->counts().value(), (CatalogCounts{1892, 17632, 92834}));
  EXPECT_EQ(report.rejected, 0);
  EXPECT_EQ(report.friends, 12717);  // 25,434 directed links
  EXPECT_EQ(catalog_->find_item(ItemId("51")).value().value().title, "Duran Duran");
}

}  // namespace
}  // namespace mla::catalog
