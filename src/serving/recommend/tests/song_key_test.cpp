#include "serving/recommend/song_key.h"

#include <gtest/gtest.h>

namespace mla::recommend {
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

}  // namespace
}  // namespace mla::recommend
