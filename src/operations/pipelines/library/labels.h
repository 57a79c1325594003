#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "learning/tagging/labels.h"
#include "operations/pipelines/library/library_files.h"

namespace mla::pipelines {

// Tracks that a tagger learns from a music folder's own tags, and what a person should know of the choice.
struct LibraryLabels {
  tagging::Labels labels;
  std::vector<std::string> lines;
};

inline constexpr std::size_t kMostLabelled = 450;   // with 12 excerpts each below tagging::kMostExcerpts
inline constexpr std::size_t kFewestOfAGenre = 10;  // tracks
inline constexpr std::size_t kFewestArtistsOfAGenre = 3;
inline constexpr std::size_t kMostGenres = 20;

// The first genre of each file that is there, and its artist (else its album artist) as the group that no split
// divides. Genres of too few tracks or artists are left out, of the others the largest kMostGenres are taken. Of more
// than `most` tracks as many are taken of each genre, of each artist in turn, so that no artist is all of a genre; the
// same library gives the same tracks.
// kInvalidArgument if fewer than two genres are left: what there is, and what helps.
base::Result<LibraryLabels> library_labels(const LibraryFiles& files, std::size_t most = kMostLabelled);

// The rules for genres again, after tracks were taken out of labels that library_labels made. Same error.
base::Status keep_learnable(LibraryLabels& library);

}  // namespace mla::pipelines
