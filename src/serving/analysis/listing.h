#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "foundation/base/result.h"

namespace mla::analysis {

// True for the file extensions that folders are searched for (docs/audio.md), in any case.
bool has_audio_extension(const std::filesystem::path& path);

// A folder below one that was asked for, whose content is not known.
struct UnreadFolder {
  std::filesystem::path path;
  base::Error error;
};

// The files to analyse: what is no folder as given, whatever it is; of a folder all audio files below it in the order
// of their paths. Within folders, names that begin with a dot, links to folders and links that leave the folder are
// passed by. No file twice.
// Errors: kNotFound, kPermission, kIo if a folder cannot be read, but one below those that were given is passed by and
// told in `unread` where that is not null; kTooLarge beyond ten million files.
base::Result<std::vector<std::filesystem::path>> list_audio_files(const std::vector<std::string>& paths,
                                                                  std::vector<UnreadFolder>* unread = nullptr);

}  // namespace mla::analysis
