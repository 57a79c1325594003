#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/item.h"

namespace mla::pipelines {

// What a file says of itself. Text is clean (catalog::clean_text) and cut to catalog::kMaxTextBytes; empty and nullopt
// mean that the file does not say.
struct FileTags {
  std::string title;
  std::string artist;
  std::string album;
  std::string album_artist;
  std::string comment;
  std::string date;  // as catalog::Item::release_date
  std::optional<int> track;
  std::optional<int> disc;
  std::vector<std::string> genres;                  // lower case, several where the file has several or separates them
  std::optional<double> duration_seconds;           // > 0
  std::optional<double> replay_gain_db;             // of the track
  bool explicit_words = false;                      // not for children, as iTunes and others mark it
  std::map<std::string, std::string> external_ids;  // mbid (of the recording), isrc, acoustid
  bool operator==(const FileTags&) const = default;
};

// Reads tags and length with TagLib, of every format it knows; a format that it does not know gives empty tags.
// At most 64 MiB of the file are read, whatever it claims, and the sound is not decoded. Thread-safe.
// Errors: kNotFound, kPermission, kIo; kCorrupt for a file that is empty, or of a common format but without sound.
base::Result<FileTags> read_tags(const std::filesystem::path& path);

// A path as the catalogue can hold it; "" for one that is not UTF-8 or too long (the table of files has it).
std::string catalog_path(const std::string& path);

// The catalogue's track for a file. Without a title the file's name stands for it, less a track number in front.
catalog::Item to_item(const base::ItemId& id, const std::filesystem::path& path, const FileTags& tags);

}  // namespace mla::pipelines
