#include "knowledge/catalog/matching/matcher.h"

#include <gtest/gtest.h>

#include "knowledge/catalog/matching/similarity.h"

namespace mla::catalog {
namespace {

Item track(std::string title, std::string artist, std::string album = {}, std::optional<double> seconds = {}) {
  Item item;
  item.id = base::ItemId("x");
  item.title = std::move(title);
  item.artist = std::move(artist);
  item.album = std::move(album);
  item.duration_seconds = seconds;
  return item;
}

class MatcherTest : public testing::Test {
 protected:
  void own(const Item& item) { owned_.push_back(song_of(item)); }
  std::optional<SongMatch> find(const Item& item, const std::vector<std::uint32_t>& refused = {}) const {
    return Matcher(owned_).find(song_of(item), refused);
  }
  // The place of the match, or -1.
  int place(const Item& item) const {
    const auto match = find(item);
    return match ? static_cast<int>(match->song) : -1;
  }
  std::vector<Song> owned_;
};

TEST_F(MatcherTest, WhatTaggersAndServicesWriteDifferently) {
  own(track("Should I Stay or Should I Go - Remastered", "The Clash", "Combat Rock", 188));
  own(track("Déjà Vu (feat. JAY-Z)", "Beyoncé", "B'Day", 240));
  EXPECT_EQ(place(track("should i stay or should i go", "Clash")), 0);
  EXPECT_EQ(place(track("Should I Stay Or Should I Go [2013 Remaster]", "Clash, The", "", 189.4)), 0);
  EXPECT_EQ(place(track("Deja Vu", "Beyonce")), 1);
  EXPECT_EQ(place(track("Déjà Vu", "Beyoncé feat. Jay-Z", "B'Day (Deluxe Edition)")), 1);
  EXPECT_EQ(place(track("Deja Vu", "Beyoncé; JAY-Z")), 1);
  EXPECT_EQ(place(track("Should I Stay or Shuold I Go", "The Clash")), 0);
}

TEST_F(MatcherTest, OtherSongsArtistsAndVersionsAreNotIt) {
  own(track("Hurt", "Nine Inch Nails", "The Downward Spiral", 373));
  own(track("Song 2", "Blur", "Blur", 121));
  EXPECT_EQ(place(track("Hurt", "Johnny Cash")), -1);
  EXPECT_EQ(place(track("Hurt - Live", "Nine Inch Nails")), -1);
  EXPECT_EQ(place(track("Hurt (Quiet)", "Nine Inch Nails")), -1);
  EXPECT_EQ(place(track("Hurt (Somebody Remix)", "Nine Inch Nails", "The Downward Spiral", 373)), -1);
  EXPECT_EQ(place(track("Song 3", "Blur")), -1);
  EXPECT_EQ(place(track("Hurt", "Nine Inch Nails", "", 330)), -1);
  EXPECT_EQ(place(track("Hurt", "Nine Inch Nails Tribute Band")), -1);
  EXPECT_EQ(place(track("", "")), -1);
}

TEST_F(MatcherTest, LiveRecordingsMatchTheirLike) {
  own(track("Creep", "Radiohead", "Pablo Honey", 239));
  own(track("Creep (Live at Reading)", "Radiohead", "Live", 260));
  EXPECT_EQ(place(track("Creep", "Radiohead")), 0);
  EXPECT_EQ(place(track("Creep - Live At Reading", "Radiohead")), 1);
  EXPECT_EQ(place(track("Creep (Live)", "Radiohead", "", 259.5)), 1);
  EXPECT_EQ(place(track("Creep (Live)", "Radiohead", "Elsewhere")), -1);  // which one?
  EXPECT_EQ(place(track("Creep - Acoustic", "Radiohead")), -1);
}

TEST_F(MatcherTest, SplitWhenInDoubt) {
  own(track("Mama", "Jonas Blue", "Mama", 184));
  own(track("Mama", "Jonas Blue", "Blue", 221));
  EXPECT_EQ(place(track("Mama", "Jonas Blue")), -1);
  EXPECT_EQ(place(track("Mama", "Jonas Blue", "blue")), 1);
  EXPECT_EQ(place(track("Mama", "Jonas Blue", "", 183.2)), 0);
}

TEST_F(MatcherTest, CopiesOfOneRecordingAreOne) {
  own(track("Mama", "Jonas Blue", "Mama", 184));
  own(track("Mama", "Jonas Blue", "Now 99", 184.5));
  EXPECT_EQ(place(track("Mama", "Jonas Blue")), 0);
  EXPECT_EQ(place(track("Mama", "Jonas Blue", "Now 99")), 1);
  // A refusal of one is a refusal of its copies.
  EXPECT_FALSE(find(track("Mama", "Jonas Blue"), {0}));
}

TEST_F(MatcherTest, IdentifiersComeFirst) {
  Item file = track("Track 01", "Unknown Artist");
  file.external_ids = {{"isrc", "GB-AYE-00-00001"}, {"mbid", "8F3471B5-7E6A-48DA-86A9-C1C07A0F47AE"}};
  own(file);
  own(track("Yellow", "Coldplay", "Parachutes", 266));
  Item heard = track("Yellow", "Coldplay");
  heard.external_ids = {{"isrc", "gbaye0000001"}};
  const auto match = find(heard);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->song, 0U);
  EXPECT_EQ(match->rule, "isrc");
  heard.external_ids = {{"mbid", "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"}};
  EXPECT_EQ(find(heard)->rule, "mbid");
  heard.external_ids = {{"isrc", "USXXX0000001"}};
  EXPECT_EQ(find(heard)->rule, "name");
  EXPECT_EQ(find(heard)->song, 1U);
}

TEST_F(MatcherTest, SpotifyIdsInAllTheirForms) {
  Item file = track("a", "b");
  file.external_ids = {{"spotify", "https://open.spotify.com/track/3n3Ppam7vgaVa1iaRUc9Lp?si=1"}};
  own(file);
  Item heard = track("c", "d");
  heard.id = base::ItemId("spotify:track:3n3Ppam7vgaVa1iaRUc9Lp");
  EXPECT_EQ(find(heard)->rule, "spotify");
}

TEST_F(MatcherTest, AnIdOnSeveralRecordingsDecidesNothing) {
  for (const char* title : {"One", "Two"}) {
    Item file = track(title, "Band", "Album", title[0] == 'O' ? 100 : 200);
    file.external_ids = {{"mbid", "m"}};
    own(file);
  }
  Item heard = track("Two", "Band");
  heard.external_ids = {{"mbid", "m"}};
  EXPECT_EQ(place(heard), 1);
  heard.title = "Three";
  EXPECT_EQ(place(heard), -1);
}

TEST_F(MatcherTest, WithoutAnArtistTheAlbumMustAgree) {
  own(track("Intro", "The xx", "xx", 127));
  EXPECT_EQ(place(track("Intro", "")), -1);
  EXPECT_EQ(place(track("Intro", "", "xx")), 0);
}

TEST(Similarity, EditsCountSwapsOnce) {
  EXPECT_EQ(edits_between("should", "shuold", 2), 1);
  EXPECT_EQ(edits_between("abc", "abc", 2), 0);
  EXPECT_EQ(edits_between("abcdef", "abdef", 2), 1);
  EXPECT_EQ(edits_between("abcdef", "uvwxyz", 2), 3);
  EXPECT_EQ(edits_between("", "abc", 2), 3);
  EXPECT_EQ(edits_between(std::string(300, 'a'), std::string(300, 'a'), 2), 3);  // too long to compare
}

}  // namespace
}  // namespace mla::catalog
