#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "foundation/base/random.h"
#include "knowledge/catalog/item.h"

// Pairs of owned and heard tracks made from a real catalogue, with names changed as taggers and services change them.
// Written from what such files look like, without the tables of the matching that it judges.
namespace mla::bench {

struct CatalogueSong {
  catalog::Item item;
  double tempo = 0;
};

// The songs of a file with the columns track_id, track_name, track_artist, track_album_name, duration_ms and
// tempo; each id once.
std::vector<CatalogueSong> read_catalogue(const std::filesystem::path& file);

// How a service or tagger would write the same recording.
catalog::Item heard_as(const catalog::Item& song, base::Random& random);

// Something that is not this recording: a cover, another version, another recording of the same name. `kind` says what.
catalog::Item not_this(const catalog::Item& song, const std::string& other_artist, base::Random& random,
                       std::string& kind);

// True if both are one recording as far as the catalogue shows: same artist, length and tempo (or its octave), and
// titles that start alike. Independent of the matching's own idea of a name.
bool truly_same(const CatalogueSong& a, const CatalogueSong& b);

}  // namespace mla::bench
