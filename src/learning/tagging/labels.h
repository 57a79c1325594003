#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "foundation/base/result.h"

namespace mla::tagging {

// One row of a labels file.
struct LabelledTrack {
  std::filesystem::path path;  // the file, found from the folder of the labels file
  std::string name;            // as the row has it
  std::string genre;           // empty: none
  std::string artist_group;    // tracks of one group are never on both sides of a split
  std::vector<float> targets;  // one number for each of `Labels::targets`
  std::uint64_t line = 0;
};

struct Labels {
  std::filesystem::path source;  // the labels file
  std::vector<std::string> targets;
  std::vector<LabelledTrack> tracks;
  bool has_genre = false;
  bool has_artists = false;
  std::vector<std::string> other_numbers;  // numeric columns that are not learnt, for a hint
};

inline constexpr std::size_t kMaxLabels = 1'000'000;

// A CSV (.gz too) with a header: `file` is needed, `genre` and `artist_group` are known, `targets` are columns of
// numbers; all others are passed over (docs/genre-and-mood.md). All that is wrong is said at once, the first few with
// their lines: nothing is left out silently.
// kInvalidArgument: no `file` column, a target that is no column (with the nearest), a target that is not a finite
// number, an empty genre or artist group beside filled ones, a file named twice, no rows. kNotFound: files that are not
// there. kTooLarge beyond kMaxLabels.
base::Result<Labels> read_labels(const std::filesystem::path& path, const std::vector<std::string>& targets);

// What learning needs beyond that. kInvalidArgument: neither genre nor targets, one genre or one artist group only, no
// artist groups, a genre of one artist alone.
base::Status check_learnable(const Labels& labels);

}  // namespace mla::tagging
