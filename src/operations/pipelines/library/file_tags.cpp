#include "operations/pipelines/library/file_tags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <exception>
#include <fstream>
#include <optional>

#include <fileref.h>
#include <fmt/format.h>
#include <mp4file.h>
#include <tpropertymap.h>

#include "foundation/base/log.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/import/clean.h"
#include "operations/pipelines/library/impl/bounded_stream.h"

namespace mla::pipelines {
namespace {

constexpr std::size_t kMaxGenres = 20;

std::string clean(const TagLib::String& text) {
  return catalog::cut_text(catalog::clean_text(text.to8Bit(true)), catalog::kMaxTextBytes);
}

// The first value of the first key that has one.
std::string first(const TagLib::PropertyMap& properties, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = properties.find(key);
    if (found == properties.end() || found->second.isEmpty()) continue;
    if (std::string text = clean(found->second.front()); !text.empty()) return text;
  }
  return {};
}

// "3" and "3/12" are 3.
std::optional<int> leading_number(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) ++digits;
  if (digits == 0 || digits > 6) return std::nullopt;
  return std::stoi(std::string(text.substr(0, digits)));
}

// "-7.25 dB": a number of decibels that a player could use.
std::optional<double> decibels(std::string_view text) {
  const auto value = base::parse_double(base::trim(text.substr(0, text.find_first_of("dD"))));
  return value && std::abs(*value) <= 100 ? value : std::nullopt;
}

// Several values, or one that separates them: "Rock; Pop", "Jazz/Funk" ("r&b, soul" too).
std::vector<std::string> genres(const TagLib::PropertyMap& properties) {
  std::vector<std::string> all;
  const auto found = properties.find("GENRE");
  if (found == properties.end()) return all;
  for (const TagLib::String& value : found->second) {
    const std::string text = clean(value);
    std::string_view rest = text;
    while (!rest.empty() && all.size() < kMaxGenres) {
      const std::size_t end = std::min(rest.find_first_of(";,/|"), rest.size());
      std::string genre = catalog::clean_tag(rest.substr(0, end));
      if (!genre.empty() && std::find(all.begin(), all.end(), genre) == all.end()) all.push_back(std::move(genre));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return all;
}

void read_ids(const TagLib::PropertyMap& properties, FileTags& tags) {
  const auto take = [&](const char* scheme, std::initializer_list<const char*> keys) {
    std::string id = first(properties, keys);
    if (!id.empty() && id.size() <= catalog::kMaxTagBytes) tags.external_ids[scheme] = std::move(id);
  };
  take("mbid", {"MUSICBRAINZ_TRACKID"});  // Picard's name of the recording's id
  take("isrc", {"ISRC"});
  take("acoustid", {"ACOUSTID_ID"});
}

void read_properties(const TagLib::PropertyMap& properties, FileTags& tags) {
  tags.title = first(properties, {"TITLE"});
  tags.artist = first(properties, {"ARTIST"});
  tags.album = first(properties, {"ALBUM"});
  tags.album_artist = first(properties, {"ALBUMARTIST", "ALBUM ARTIST"});
  tags.comment = first(properties, {"COMMENT", "DESCRIPTION"});
  tags.date = catalog::clean_date(first(properties, {"ORIGINALDATE", "DATE", "YEAR"}));
  tags.track = leading_number(first(properties, {"TRACKNUMBER"}));
  tags.disc = leading_number(first(properties, {"DISCNUMBER"}));
  tags.replay_gain_db = decibels(first(properties, {"REPLAYGAIN_TRACK_GAIN"}));
  tags.genres = genres(properties);
  // iTunes' advisory: 1, and 4 in older files, explicit; 2 a cleaned version; 0 nothing to say.
  const std::string advisory = first(properties, {"ITUNESADVISORY", "ITUNES_ADVISORY"});
  const bool by_genre = std::erase(tags.genres, catalog::kExplicitTag) > 0;  // it is none
  tags.explicit_words =
      by_genre || advisory == "1" || advisory == "4" || base::to_lower(advisory) == catalog::kExplicitTag;
  read_ids(properties, tags);
}

// MP4 keeps the advisory in an atom of its own, which is none of TagLib's properties.
bool rated_explicit(TagLib::File* file) {
  const auto* mp4 = dynamic_cast<TagLib::MP4::File*>(file);
  if (mp4 == nullptr || mp4->tag() == nullptr || !mp4->tag()->contains("rtng")) return false;
  const int rating = mp4->tag()->item("rtng").toByte();
  return rating == 1 || rating == 4;
}

// Whether an MPEG frame begins where the ID3v2 tag at the front of a file ends, however large that is; nothing if there
// is no such tag.
std::optional<bool> frame_behind_tag(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 10> header{};
  if (!file.read(header.data(), header.size()) || std::string_view(header.data(), 3) != "ID3") return std::nullopt;
  std::streamoff size = 0;
  for (std::size_t i = 6; i < header.size(); ++i) size = (size << 7) | (header[i] & 0x7F);
  std::array<char, 2> sync{};
  file.seekg(static_cast<std::streamoff>(header.size()) + size);
  return file.read(sync.data(), sync.size()) && sync[0] == '\xFF' && (sync[1] & 0xE0) == 0xE0;
}

// True for names of what TagLib knows well enough that a file without a length is one without sound.
bool must_have_length(const std::filesystem::path& path) {
  const std::string extension = base::to_lower(path.extension().string());
  for (const std::string_view known : {".mp3", ".flac", ".wav", ".aif", ".aiff", ".ogg", ".opus", ".m4a", ".m4b"}) {
    if (extension == known) return true;
  }
  return false;
}

}  // namespace

base::Result<FileTags> read_tags(const std::filesystem::path& path) {
  MLA_ASSIGN(BoundedStream stream, BoundedStream::open(path));
  FileTags tags;
  bool said = false;
  try {
    const TagLib::FileRef file(&stream, true, TagLib::AudioProperties::Fast);
    const bool known = !file.isNull() && file.file() != nullptr && file.file()->isValid();
    if (known) {
      const TagLib::PropertyMap properties = file.file()->properties();
      read_properties(properties, tags);
      said = !properties.isEmpty();
    }
    if (known) tags.explicit_words = tags.explicit_words || rated_explicit(file.file());
    const TagLib::AudioProperties* sound = known ? file.audioProperties() : nullptr;
    if (sound != nullptr && sound->lengthInMilliseconds() > 0)
      tags.duration_seconds = sound->lengthInMilliseconds() / 1000.0;
  } catch (const std::exception& error) {
    return base::Error{base::ErrorCode::kCorrupt,
                       fmt::format("tags of '{}' cannot be read: {}", path.string(), error.what())};
  }
  // The sound of a file whose tags are beyond all measure (a picture of gigabytes) was not reached: it is a track all
  // the same, as far as its tags were read.
  const bool huge = stream.exhausted() && frame_behind_tag(path).value_or(said);
  if (huge) base::log::warning("library", "tags of more than 64 MiB are read in part", {{"file", path.string()}});
  if (!tags.duration_seconds && must_have_length(path) && !huge)
    return base::Error{base::ErrorCode::kCorrupt, fmt::format("no sound is found in '{}'", path.string())};
  return tags;
}

std::string catalog_path(const std::string& path) {
  return path.size() <= catalog::kMaxTextBytes && catalog::clean_text(path) == path ? path : "";
}

catalog::Item to_item(const base::ItemId& id, const std::filesystem::path& path, const FileTags& tags) {
  catalog::Item item;
  item.id = id;
  item.title = tags.title;
  if (item.title.empty()) {
    std::string name = catalog::clean_text(path.stem().string());
    std::size_t digits = 0;
    while (digits < name.size() && std::isdigit(static_cast<unsigned char>(name[digits])) != 0) ++digits;
    const std::size_t text = name.find_first_not_of(" .-_", digits);
    const bool numbered = digits > 0 && digits <= 3 && text != digits && text != std::string::npos;
    item.title = numbered ? name.substr(text) : name;
  }
  item.artist = tags.artist.empty() ? tags.album_artist : tags.artist;
  item.album = tags.album;
  item.duration_seconds = tags.duration_seconds;
  item.path = catalog_path(path.string());
  item.release_date = tags.date;
  for (const std::string& genre : tags.genres) item.tags.push_back({genre, 1});
  if (tags.explicit_words) item.tags.push_back({std::string(catalog::kExplicitTag), 1});
  item.external_ids = tags.external_ids;
  return item;
}

}  // namespace mla::pipelines
