#include "learning/tagging/tagging_data.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/artifact/data_fingerprint.h"
#include "learning/tagging/folds.h"

namespace mla::tagging {

TaggingData TaggingData::part(const std::vector<std::size_t>& chosen) const {
  TaggingData result;
  result.genres = genres;
  result.moods = moods;
  result.family_sizes = family_sizes;
  std::size_t rows = 0;
  for (const std::size_t clip : chosen) rows += clip_begins[clip + 1] - clip_begins[clip];
  result.excerpts = math::Matrix(rows, excerpts.cols());
  result.targets = math::Matrix(chosen.size(), targets.cols());
  result.clip_begins = {0};
  std::size_t row = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::size_t clip = chosen[i];
    for (std::size_t from = clip_begins[clip]; from < clip_begins[clip + 1]; ++from, ++row)
      std::copy_n(excerpts.row(from).begin(), excerpts.cols(), result.excerpts.row(row).begin());
    result.clip_begins.push_back(row);
    if (!genre_of.empty()) result.genre_of.push_back(genre_of[clip]);
    result.artist_of.push_back(artist_of[clip]);
    std::copy_n(targets.row(clip).begin(), targets.cols(), result.targets.row(i).begin());
  }
  return result;
}

std::string TaggingData::fingerprint() const {
  artifact::DataFingerprint fingerprint;
  for (const auto* texts : {&genres, &moods}) {
    for (const std::string& text : *texts) fingerprint.add(text);
  }
  fingerprint.add(excerpts.values());
  fingerprint.add(clip_begins);
  fingerprint.add(genre_of);
  fingerprint.add(artist_of);
  fingerprint.add(targets.values());
  return fingerprint.text();
}

base::Result<TaggingData> make_data(const Labels& labels, const std::vector<audio::ExcerptVectors>& excerpts,
                                    const std::vector<std::string>& genres) {
  TaggingData data;
  data.moods = labels.targets;
  data.targets = math::Matrix(labels.tracks.size(), labels.targets.size());
  for (const audio::ExcerptFamily& family : audio::excerpt_families())
    data.family_sizes.push_back(static_cast<std::int32_t>(family.columns));
  std::vector<std::string> genre_names, artist_names;
  data.clip_begins = {0};
  for (std::size_t i = 0; i < labels.tracks.size(); ++i) {
    const LabelledTrack& track = labels.tracks[i];
    genre_names.push_back(track.genre);
    artist_names.push_back(labels.has_artists ? track.artist_group : track.name);
    data.clip_begins.push_back(data.clip_begins.back() + excerpts[i].count);
    std::copy(track.targets.begin(), track.targets.end(), data.targets.row(i).begin());
  }
  data.artist_of = number_groups(artist_names);
  data.excerpts = math::Matrix(data.clip_begins.back(), audio::excerpt_columns());
  for (std::size_t i = 0; i < excerpts.size(); ++i) {
    std::copy(excerpts[i].values.begin(), excerpts[i].values.end(), data.excerpts.row(data.clip_begins[i]).begin());
  }
  if (!labels.has_genre) return data;
  data.genres = genres;
  if (genres.empty()) {
    data.genres = genre_names;
    std::sort(data.genres.begin(), data.genres.end());
    data.genres.erase(std::unique(data.genres.begin(), data.genres.end()), data.genres.end());
  }
  for (std::size_t i = 0; i < genre_names.size(); ++i) {
    const auto at = std::find(data.genres.begin(), data.genres.end(), genre_names[i]);
    if (at == data.genres.end()) {
      return base::Error{
          base::ErrorCode::kInvalidArgument,
          fmt::format("{}: line {}: genre '{}' is none that the model knows ({})", labels.source.string(),
                      labels.tracks[i].line, genre_names[i], fmt::join(data.genres, ", "))};
    }
    data.genre_of.push_back(static_cast<int>(at - data.genres.begin()));
  }
  return data;
}

}  // namespace mla::tagging
