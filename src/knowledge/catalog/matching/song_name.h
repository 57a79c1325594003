#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mla::catalog {

// What title and artist of a track say, in the words of fold(). The one place that knows what marks a version of a
// song: brackets and " - " tails that say live, remix, radio edit, demo, … (another recording), and those that say
// remaster, a year, mono, explicit, bonus track, from which film (the same recording in another wrapping).
struct SongName {
  std::string title;        // of the song, without spaces: "heroes"
  std::string short_title;  // without brackets and tails that are no version either; equal to title if there are none
  std::vector<std::string> version;  // sorted words of the version: {"live", "wembley"}; empty: the plain recording
  std::vector<std::string> kinds;    // those of `version` that say of what kind it is, in one form: {"live"}
  std::string artist;                // its words sorted, without articles and "and", without spaces
  std::vector<std::string> artists;  // one by one in the order given, without spaces: {"simon", "garfunkel"}
  std::vector<std::string> guests;   // from "feat." in title or artist
};

// Never empty where there is a letter or digit: a title that only has version words keeps them as its title.
SongName parse_song(std::string_view title, std::string_view artist);

// The same for two versions of one song by one artist, and only then: title and artist with single spaces between
// words and a newline between the two. "Heroes (2017 Remaster)" and "Heroes - Live" agree; "Song 2" and "Song" do not.
std::string song_key(std::string_view title, std::string_view artist);

}  // namespace mla::catalog
