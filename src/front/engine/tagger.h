#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "learning/tagging/tagger.h"

namespace mla::engine {

inline constexpr std::string_view kAudioModel = "audio";  // its folder below models.path

struct FoundTagger {
  std::filesystem::path folder;
  tagging::Tagger tagger;
  std::string identity;  // differs between models: fingerprint of what it learnt from, and when it was made
};

// The tagger of genre and mood: that of `folder` if one is given, else the champion below models.path, else the
// one that came with the program (share/ml-analytics/models/audio beside it or beside its folder). Nothing if there is
// none. Errors name the folder and are those of artifact::Reader::open and Tagger::load.
base::Result<std::optional<FoundTagger>> find_tagger(const std::filesystem::path& folder,
                                                     const std::filesystem::path& models_path);

}  // namespace mla::engine
