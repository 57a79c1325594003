#pragma once

#include <string_view>

#include "knowledge/catalog/matching/matcher.h"

// The factors of match_score, each between 0 (another song) and 1 (the same).
namespace mla::catalog {

// `same_album`: what speaks for a song of which less is known.
double title_similarity(const Song& heard, const Song& owned, bool same_album);
double version_similarity(const Song& heard, const Song& owned, bool same_album);
double artist_similarity(const SongName& heard, const SongName& owned, bool same_album);
double duration_similarity(const Song& heard, const Song& owned);

// True if the two cannot be told apart: copies of one recording on several albums.
bool same_recording(const Song& a, const Song& b);

// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment), at most `limit`; limit +
// 1 if more.
int edits_between(std::string_view a, std::string_view b, int limit);

}  // namespace mla::catalog
