#include "operations/pipelines/library/tag_writer.h"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <id3v2tag.h>
#include <mpegfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "operations/pipelines/library/audio_payload.h"
#include "operations/pipelines/library/file_tags.h"
#include "operations/pipelines/library/impl/file_copy.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const TagFields kHeard = {{"BPM", {"128"}}, {"INITIALKEY", {"F#m"}}, {"MOOD", {"calmness"}}};
const std::vector<std::string> kNames = {"BPM", "INITIALKEY", "MOOD"};

class TagWriterTest : public MusicFilesTest {
 protected:
  // One of each format that needs its own way, with a title.
  std::vector<fs::path> one_of_each() {
    write(music_ / "a.mp3", mp3(1));
    write(music_ / "b.flac", flac(2));
    write(music_ / "c.wav", wav(3));
    std::vector<fs::path> files = {music_ / "a.mp3", music_ / "b.flac", music_ / "c.wav"};
    for (const fs::path& file : files) tag(file, {{"TITLE", "Lied"}, {"ARTIST", "Jemand"}, {"COMMENT", "gut"}});
    return files;
  }
  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(music_), fs::directory_iterator()));
  }
};

TEST_F(TagWriterTest, WritesFieldsAndLeavesTheRest) {
  for (const fs::path& file : one_of_each()) {
    const auto sound = payload_digest(file);
    const auto before = read_tags(file);
    ASSERT_TRUE(before.ok());
    const base::Status written = write_fields(file, kHeard, false);
    ASSERT_TRUE(written.ok()) << file << ": " << written.error().message;
    EXPECT_EQ(*read_fields(file, kNames), kHeard) << file;
    EXPECT_EQ(*read_tags(file), *before) << file;
    EXPECT_EQ(*payload_digest(file), *sound) << file;
  }
  EXPECT_EQ(files_in_folder(), 3U);  // no copies are left
}

TEST_F(TagWriterTest, AFieldWithoutValuesGoesAway) {
  for (const fs::path& file : one_of_each()) {
    ASSERT_TRUE(write_fields(file, kHeard, false).ok());
    ASSERT_TRUE(write_fields(file, {{"BPM", {}}, {"MOOD", {}}}, false).ok()) << file;
    EXPECT_EQ(*read_fields(file, kNames), (TagFields{{"BPM", {}}, {"INITIALKEY", {"F#m"}}, {"MOOD", {}}})) << file;
    EXPECT_EQ(read_tags(file)->title, "Lied") << file;
  }
}

TEST_F(TagWriterTest, OldId3StaysOldAndKeepsItsMood) {
  const fs::path file = music_ / "old.mp3";
  write(file, mp3(4));
  {
    TagLib::MPEG::File mpeg(file.c_str());
    mpeg.ID3v2Tag(true)->setTitle("Lied");
    ASSERT_TRUE(mpeg.save(TagLib::MPEG::File::ID3v2, TagLib::File::StripNone, TagLib::ID3v2::v3));
  }
  ASSERT_TRUE(write_fields(file, kHeard, false).ok());
  EXPECT_EQ(*read_fields(file, kNames), kHeard);
  TagLib::MPEG::File mpeg(file.c_str());
  EXPECT_EQ(mpeg.ID3v2Tag()->header()->majorVersion(), 3U);
}

TEST_F(TagWriterTest, KeepsModeTimesAndAttributes) {
  const fs::path file = music_ / "a.mp3";
  write(file, mp3(5));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const bool attributes = ::setxattr(file.c_str(), "user.rating", "5", 1, 0) == 0;
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1000);
  fs::last_write_time(file, long_ago);
  ASSERT_TRUE(write_fields(file, kHeard, true).ok());
  EXPECT_EQ(fs::last_write_time(file), long_ago);
  EXPECT_EQ(static_cast<unsigned>(fs::status(file).permissions()), 0640U);
  char value[8];
  EXPECT_EQ(::getxattr(file.c_str(), "user.rating", value, sizeof value), attributes ? 1 : -1);
  ASSERT_TRUE(write_fields(file, {{"BPM", {"90"}}}, false).ok());
  EXPECT_GT(fs::last_write_time(file), long_ago);
}

TEST_F(TagWriterTest, RefusesWhatItCannotDoWholly) {
  const fs::path song = music_ / "a.mp3";
  write(song, mp3(6));
  fs::create_symlink(song, music_ / "link.mp3");
  write(music_ / "text.txt", "no music");
  write(music_ / "twin.mp3", mp3(7));
  fs::create_hard_link(music_ / "twin.mp3", music_ / "twin2.mp3");
  write(music_ / "empty.mp3", "");
  const std::pair<fs::path, std::string> cases[] = {{"link.mp3", "is a link"},
                                                    {"text.txt", "cannot be written"},
                                                    {"twin.mp3", "2 names"},
                                                    {"empty.mp3", "is empty"},
                                                    {"nowhere.mp3", "No such file"}};
  for (const auto& [name, words] : cases) {
    const base::Status written = write_fields(music_ / name, kHeard, false);
    ASSERT_FALSE(written.ok()) << name;
    EXPECT_THAT(written.error().message, HasSubstr(words));
    EXPECT_THAT(written.error().message, HasSubstr(name.string()));
  }
  EXPECT_EQ(files_in_folder(), 6U);
}

// Root may write everywhere, so a child that is nobody tries.
TEST_F(TagWriterTest, WhatMayNotBeWrittenIsLeftAlone) {
  const fs::path file = music_ / "a.mp3";
  write(file, mp3(11));
  const auto bytes = fs::file_size(file);
  fs::permissions(folder_, fs::perms(0755));
  fs::permissions(music_, fs::perms(0555));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const base::Status written = write_fields(file, kHeard, false);
    ::_exit(!written.ok() && written.error().code == base::ErrorCode::kPermission ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  fs::permissions(music_, fs::perms(0755));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(fs::file_size(file), bytes);
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(TagWriterTest, AFileThatSomebodyElseChangedMeanwhileStaysTheirs) {
  const fs::path file = music_ / "a.mp3";
  write(file, mp3(8));
  auto copy = FileCopy::make(file);
  ASSERT_TRUE(copy.ok());
  write(file, mp3(9, 300));
  const base::Status replaced = copy->replace_original(false);
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().code, base::ErrorCode::kBusy);
  EXPECT_EQ(fs::file_size(file), mp3(9, 300).size());
}

TEST_F(TagWriterTest, ReadsWhatIsThereAndWhatIsNot) {
  const fs::path file = music_ / "a.flac";
  write(file, flac(10));
  tag(file, {{"BPM", "97.5"}});
  EXPECT_EQ(*read_fields(file, {"BPM", "MOOD"}), (TagFields{{"BPM", {"97.5"}}, {"MOOD", {}}}));
  EXPECT_EQ(read_fields(music_ / "no.flac", {"BPM"}).error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mla::pipelines
