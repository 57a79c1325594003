#include "knowledge/catalog/matching/song_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

TEST(SongKey, VersionsOfOneSongAgree) {
  const std::string key = song_key("Heroes", "David Bowie");
  for (const char* title :
       {"Heroes (2017 Remaster)", "HEROES - Live", "Heroes [Radio Edit]", "Heroes - 2017 Remastered Version",
        "\"Heroes\"", "Heroes (feat. Brian Eno)", "Heroes feat. Brian Eno", "Heroes - Live - Remastered 2010"}) {
    EXPECT_EQ(song_key(title, "David Bowie"), key) << title;
  }
  EXPECT_EQ(song_key("Heroes", "david bowie"), key);
  EXPECT_EQ(song_key("Heroes", "David Bowie feat. Brian Eno"), key);
}

TEST(SongKey, DifferentSongsStayApart) {
  EXPECT_NE(song_key("Song", "Blur"), song_key("Song 2", "Blur"));
  EXPECT_NE(song_key("Heroes", "David Bowie"), song_key("Heroes", "Motörhead"));
  EXPECT_NE(song_key("Lust (for Life)", "x"), song_key("Lust", "x"));
  EXPECT_NE(song_key("Anti - Hero", "x"), song_key("Anti", "x"));
}

TEST(SongKey, TitlesThatAreOnlyVersionWordsKeepThem) {
  EXPECT_NE(song_key("Live", "x"), song_key("Remix", "x"));
  EXPECT_NE(song_key("(Live)", "x"), song_key("", "x"));
  EXPECT_EQ(song_key("Ünïcödé (Live)", "x"), song_key("Ünïcödé", "x"));
  EXPECT_NE(song_key("1999", "Prince"), song_key("2001", "Prince"));
}

TEST(SongKey, WritingDoesNotMatter) {
  EXPECT_EQ(song_key("Déjà Vu", "Beyoncé"), song_key("deja vu", "BEYONCE"));
  EXPECT_EQ(song_key("Rock & Roll", "Led Zeppelin"), song_key("Rock and Roll", "Led Zeppelin"));
  EXPECT_EQ(song_key("The End", "Doors, The"), song_key("End, The", "The Doors"));
}

TEST(SongName, VersionsAreToldApart) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(parse_song("Heroes - Live at Wembley", "x").version, ElementsAre("live", "wembley"));
  EXPECT_THAT(parse_song("Heroes - Live at Wembley", "x").kinds, ElementsAre("live"));
  EXPECT_THAT(parse_song("Heroes (Loud Luxury Remix)", "x").version, ElementsAre("loud", "luxury", "remix"));
  EXPECT_THAT(parse_song("Heroes (Acoustic Version)", "x").version, ElementsAre("acoustic"));
  EXPECT_THAT(parse_song("Heroes [Radio Edit]", "x").version, ElementsAre("edit"));
  EXPECT_THAT(parse_song("Heroes - Ao Vivo", "x").kinds, ElementsAre("live"));
  for (const char* wrapping : {"Heroes - 2017 Remaster", "Heroes (Remastered 2009)", "Heroes (Album Version)",
                               "Heroes - Original Mix", "Heroes [Explicit]", "Heroes (Official Video)",
                               "Heroes - From \"Christiane F.\"", "Heroes - Bonus Track", "Heroes"}) {
    EXPECT_THAT(parse_song(wrapping, "x").version, IsEmpty()) << wrapping;
    EXPECT_EQ(parse_song(wrapping, "x").title, "heroes") << wrapping;
  }
}

TEST(SongName, GuestsComeFromTitleAndArtist) {
  using testing::ElementsAre;
  for (const auto& [title, artist] : {std::pair("Stay (feat. Mikky Ekko)", "Rihanna"),
                                      {"Stay", "Rihanna feat. Mikky Ekko"},
                                      {"Stay ft. Mikky Ekko", "Rihanna"},
                                      {"Stay [with Mikky Ekko]", "Rihanna"}}) {
    const SongName name = parse_song(title, artist);
    EXPECT_EQ(name.title, "stay") << title;
    EXPECT_THAT(name.guests, ElementsAre("mikkyekko")) << title;
    EXPECT_EQ(name.artist, parse_song("x", "Rihanna").artist) << artist;
  }
}

TEST(SongName, ArtistsOneByOneAndTogether) {
  using testing::ElementsAre;
  const SongName name = parse_song("x", "Simon & Garfunkel");
  EXPECT_THAT(name.artists, ElementsAre("simon", "garfunkel"));
  EXPECT_EQ(name.artist, parse_song("x", "Garfunkel and Simon").artist);
  EXPECT_EQ(parse_song("x", "The Beatles").artist, parse_song("x", "Beatles, The").artist);
  EXPECT_EQ(parse_song("x", "Ke$ha").artist, parse_song("x", "Kesha").artist);
  EXPECT_EQ(parse_song("x", "P!nk").artist, "pink");
  EXPECT_EQ(parse_song("x", "!!!").artist, "");
}

TEST(SongName, TheShortTitleLeavesSubtitlesOut) {
  const SongName name = parse_song("Africa (Dance On) - Remastered", "x");
  EXPECT_EQ(name.title, "africadanceon");
  EXPECT_EQ(name.short_title, "africa");
  EXPECT_EQ(parse_song("(I Can't Get No) Satisfaction", "x").title, "icantgetnosatisfaction");
  EXPECT_EQ(parse_song("Another Brick, Pt. II", "x").title, parse_song("Another Brick Part 2", "x").title);
}

TEST(SongName, NeverEmptyAndNeverForever) {
  EXPECT_EQ(parse_song("???", "x").title, "???");
  EXPECT_EQ(parse_song("(Live)", "x").title, "live");
  EXPECT_EQ(parse_song("", "").title, "");
  EXPECT_FALSE(parse_song(std::string(4096, '('), std::string(4096, '&')).title.empty());
  EXPECT_FALSE(parse_song("x" + std::string(4000, ')'), "y").title.empty());
}

}  // namespace
}  // namespace mla::catalog
