#include "operations/pipelines/library/heard_tags.h"

#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

TrackSound heard() {
  TrackSound sound;
  sound.payload = "0011223344556677";
  sound.tempo = 127.6;
  sound.tempo_confidence = 0.9;
  sound.tonic = "F#";
  sound.mode = "minor";
  sound.key_confidence = 0.7;
  sound.genres = {{"rock", 0.6}, {"pop", 0.4}};
  sound.moods = {{"calmness", 0.2}, {"power", 0.3}};
  return sound;
}

TEST(HeardTags, AreWrittenAsPlayersReadThem) {
  EXPECT_EQ(heard_tags(heard(), {}),
            (TagFields{{"BPM", {"128"}}, {"GENRE", {"rock"}}, {"INITIALKEY", {"F#m"}}, {"MOOD", {"power"}}}));
  TrackSound major = heard();
  major.tonic = "Eb";
  major.mode = "major";
  EXPECT_EQ(heard_tags(major, {.fields = {"key"}}), (TagFields{{"INITIALKEY", {"Eb"}}}));
}

TEST(HeardTags, WhatIsUncertainOrUnknownIsLeftOut) {
  EXPECT_EQ(heard_tags(heard(), {.min_confidence = 0.8}), (TagFields{{"BPM", {"128"}}, {"MOOD", {"power"}}}));
  EXPECT_EQ(heard_tags(TrackSound(), {.min_confidence = 0}), TagFields());
  EXPECT_EQ(heard_tags(heard(), {.fields = {}}), TagFields());
}

class FilesToTagTest : public MusicFilesTest {};

TEST_F(FilesToTagTest, AreThoseThatAreThereAndWereAnalysed) {
  const auto database = store::fresh_database();
  auto files = LibraryFiles::open(*database);
  ASSERT_TRUE(files.ok());
  auto sounds = LibrarySounds::open(*database);
  ASSERT_TRUE(sounds.ok());
  const auto file = [&](const char* id, const std::string& path, const std::string& payload) {
    LibraryFile made;
    made.item = base::ItemId(id);
    made.path = path;
    made.payload = payload;
    return made;
  };
  LibraryFile gone = file("c", "/m/c.mp3", heard().payload);
  gone.gone = 5;
  const std::vector<LibraryFile> all = {file("a", "/m/a.mp3", heard().payload), file("b", "/m/b.mp3", "unheard"), gone,
                                        file("d", "/n/d.mp3", heard().payload)};
  ASSERT_TRUE(files->put(all).ok());
  ASSERT_TRUE(sounds->put(std::vector{heard()}).ok());
  const auto wanted = files_to_tag(*files, *sounds, "/m", {.fields = {"bpm"}});
  ASSERT_TRUE(wanted.ok());
  ASSERT_EQ(wanted->size(), 1U);
  EXPECT_EQ(wanted->front().path, "/m/a.mp3");
  EXPECT_EQ(wanted->front().fields, (TagFields{{"BPM", {"128"}}}));
  EXPECT_EQ(files_to_tag(*files, *sounds, "", {})->size(), 2U);
  EXPECT_TRUE(files_to_tag(*files, *sounds, "", {.fields = {}})->empty());
}

}  // namespace
}  // namespace mla::pipelines
