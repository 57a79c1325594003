#pragma once

#include <string>
#include <string_view>

namespace mla::recommend {

// The same for two versions of one song: lower-case title without what marks a version or guests (brackets and " - "
// tails that say remaster, live, radio edit, mono, mix, demo, a year; feat./ft./featuring), without punctuation, and
// the artist. "Heroes (2017 Remaster)" and "Heroes - Live" of one artist agree; "Song 2" and "Song" do not.
std::string song_key(std::string_view title, std::string_view artist);

}  // namespace mla::recommend
