#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "foundation/base/result.h"

namespace mla::analysis {

// True for the file extensions that folders are searched for (docs/audio.md), in any case.
bool has_audio_extension(const std::filesystem::path& path);

// The files to analyse: what is no folder as given, whatever it is; of a folder all audio files below it in the order
// of their paths. Within folders, names that begin with a dot, links to folders and links that leave the folder are
// passed by. No file twice.
// Errors: kNotFound, kPermission, kIo if a folder cannot be read; kTooLarge beyond ten million files.
base::Result<std::vector<std::filesystem::path>> list_audio_files(const std::vector<std::string>& paths);

}  // namespace mla::analysis
