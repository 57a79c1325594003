#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "knowledge/catalog/catalog.h"
#include "operations/pipelines/library/library_sounds.h"
#include "serving/recommend/request.h"

namespace mla::engine {

inline audio::TrackVector at_angle(double angle) {
  audio::TrackVector vector{};
  vector[0] = static_cast<float>(std::cos(angle));
  vector[1] = static_cast<float>(std::sin(angle));
  return vector;
}

// A library of twelve analysed files "t10" … on half a circle of sounds, by artists of their own.
inline void put_analysed_library(catalog::Catalog& catalog) {
  constexpr int kTracks = 12;
  std::vector<catalog::Item> items;
  std::vector<pipelines::LibraryFile> files;
  std::vector<pipelines::TrackSound> sounds;
  for (int i = 0; i < kTracks; ++i) {
    catalog::Item item;
    item.id = base::ItemId("t" + std::to_string(10 + i));
    item.title = "Song " + std::to_string(i);
    item.artist = "Artist " + std::to_string(i);
    item.path = "/m/" + item.id.str();
    pipelines::LibraryFile file;
    file.item = item.id;
    file.path = item.path;
    file.payload = "p" + std::to_string(i);
    pipelines::TrackSound sound;
    sound.payload = file.payload;
    sound.vector = at_angle(3.0 * i / kTracks);
    sound.moods = {{"calmness", i / 12.0}};
    items.push_back(std::move(item));
    files.push_back(std::move(file));
    sounds.push_back(std::move(sound));
  }
  store::Database& database = catalog.database();
  ASSERT_TRUE(catalog.put_items(items).ok());
  ASSERT_TRUE(pipelines::LibraryFiles::open(database).value().put(files).ok());
  ASSERT_TRUE(pipelines::LibrarySounds::open(database).value().put(sounds).ok());
}

inline std::vector<std::string> ids(const base::Result<recommend::Answer>& answer) {
  std::vector<std::string> out;
  EXPECT_TRUE(answer.ok());
  if (!answer.ok()) return out;
  for (const auto& one : answer->recommendations) out.push_back(one.track_id.str());
  return out;
}

}  // namespace mla::engine
