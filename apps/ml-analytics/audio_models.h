#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/tagging/tagger.h"
#include "learning/tagging/tagging_data.h"

namespace mla::apps {

inline constexpr std::string_view kAudioModel = "audio";  // its folder below models.path

struct FoundTagger {
  std::filesystem::path folder;
  tagging::Tagger tagger;
};

// The tagger of genre and mood: that of `folder` if one is given, else the newest version below models.path, else the
// one that came with the program (share/ml-analytics/models/audio beside it or beside its folder). Nothing if there is
// none. Errors name the folder and are those of artifact::Reader::open and Tagger::load.
base::Result<std::optional<FoundTagger>> find_tagger(const std::filesystem::path& folder,
                                                     const std::filesystem::path& models_path);

// The labels with what their tracks sound like, analysed in confined workers, `jobs` at once (0: one for each core).
// kInvalidArgument names the tracks that cannot be analysed, are silent or too short. `genres` as make_data has it.
base::Result<tagging::TaggingData> hear(const tagging::Labels& labels, const std::vector<std::string>& genres, int jobs,
                                        base::Work& work);

}  // namespace mla::apps
