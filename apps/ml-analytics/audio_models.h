#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "learning/tagging/labels.h"
#include "learning/tagging/tagger.h"

namespace mla::apps {

inline constexpr std::string_view kAudioModel = "audio";  // its folder below models.path

struct FoundTagger {
  std::filesystem::path folder;
  tagging::Tagger tagger;
  std::string identity;  // differs between models: fingerprint of what it learnt from, and when it was made
};

// The tagger of genre and mood: that of `folder` if one is given, else the newest version below models.path, else the
// one that came with the program (share/ml-analytics/models/audio beside it or beside its folder). Nothing if there is
// none. Errors name the folder and are those of artifact::Reader::open and Tagger::load.
base::Result<std::optional<FoundTagger>> find_tagger(const std::filesystem::path& folder,
                                                     const std::filesystem::path& models_path);

// What tracks sound like. Of each either `excerpts` has some, or `problems` says why not: it cannot be analysed, is
// silent or too short.
struct Heard {
  std::vector<audio::ExcerptVectors> excerpts;
  std::vector<std::string> problems;
};

// Analyses the tracks in confined workers, `jobs` at once (0: one for each core).
base::Result<Heard> hear(const tagging::Labels& labels, int jobs, base::Work& work);

// kInvalidArgument that names the first tracks with problems, if there are any.
base::Status check_heard(const tagging::Labels& labels, const Heard& heard);

}  // namespace mla::apps
