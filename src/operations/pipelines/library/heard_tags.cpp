#include "operations/pipelines/library/heard_tags.h"

#include <cmath>

#include <fmt/format.h>

namespace mla::pipelines {

const std::vector<std::string>& heard_tag_names() {
  static const std::vector<std::string> names = {"bpm", "key", "mood", "genre"};
  return names;
}

TagFields heard_tags(const TrackSound& sound, const HeardTagOptions& options) {
  TagFields tags;
  const auto wanted = [&](const char* name) { return options.fields.contains(name); };
  if (wanted("bpm") && sound.tempo && sound.tempo_confidence >= options.min_confidence)
    tags["BPM"] = {fmt::format("{}", std::lround(*sound.tempo))};
  if (wanted("key") && !sound.tonic.empty() && sound.key_confidence >= options.min_confidence)
    tags["INITIALKEY"] = {sound.tonic + (sound.mode == "minor" ? "m" : "")};
  if (const auto* mood = sound.strongest_mood(); wanted("mood") && mood != nullptr) tags["MOOD"] = {mood->first};
  const auto* genre = sound.likeliest_genre();
  if (wanted("genre") && genre != nullptr && genre->second >= options.min_confidence) tags["GENRE"] = {genre->first};
  return tags;
}

base::Result<std::vector<FileToTag>> files_to_tag(const LibraryFiles& files, const LibrarySounds& sounds,
                                                  const std::string& folder, const HeardTagOptions& options) {
  std::vector<LibraryFile> present;
  MLA_CHECK(files.for_each(folder, false, [&](LibraryFile file) {
    if (!file.gone) present.push_back(std::move(file));
    return base::Status();
  }));
  std::vector<FileToTag> wanted;
  for (const LibraryFile& file : present) {
    MLA_ASSIGN(const std::optional<TrackSound> sound, sounds.find(file.payload));
    if (!sound) continue;
    if (TagFields tags = heard_tags(*sound, options); !tags.empty()) wanted.push_back({file.path, std::move(tags)});
  }
  return wanted;
}

}  // namespace mla::pipelines
