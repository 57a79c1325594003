#pragma once

#include <set>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "operations/pipelines/library/library_sounds.h"
#include "operations/pipelines/library/tag_writer.h"
#include "operations/pipelines/library/write_back.h"

// What an analysis says of a track, as fields of its file.
namespace mla::pipelines {

struct HeardTagOptions {
  std::set<std::string> fields = {"bpm", "key", "mood", "genre"};
  // What is less certain is not written; of moods, which are strengths and not probabilities, all are certain enough.
  double min_confidence = 0.5;
};

// The fields that there may be, in the order of their help.
const std::vector<std::string>& heard_tag_names();

// BPM as a whole number (ID3v2.4's TBPM holds no other), INITIALKEY as "C", "F#m" or "Ebm" (its TKEY), MOOD the mood
// that is felt most, GENRE the likeliest genre. What was not found or is too uncertain is left out.
TagFields heard_tags(const TrackSound& sound, const HeardTagOptions& options);

// The files below `folder` (absolute, without a slash at its end; "" for all) that are there and were analysed, with
// what they sound like, in order of their paths.
base::Result<std::vector<FileToTag>> files_to_tag(const LibraryFiles& files, const LibrarySounds& sounds,
                                                  const std::string& folder, const HeardTagOptions& options);

}  // namespace mla::pipelines
