#include "operations/pipelines/library/write_back.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "foundation/base/file.h"
#include "operations/pipelines/library/impl/undo_file.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WriteBackTest : public MusicFilesTest {
 protected:
  void SetUp() override {
    MusicFilesTest::SetUp();
    for (std::uint64_t i = 0; i < 3; ++i) {
      const fs::path file = music_ / fmt(i);
      write(file, mp3(20 + i));
      tag(file, {{"TITLE", "Lied"}});
      wanted_.push_back({file, {{"BPM", {std::to_string(100 + i)}}, {"MOOD", {"calmness"}}}});
    }
    undo_ = folder_ / "undo.ndjson";
  }
  static std::string fmt(std::uint64_t i) { return std::to_string(i) + ".mp3"; }

  base::Result<WriteBackReport> go(const WriteBackOptions& options = {}) {
    seen_.clear();
    return write_back(wanted_, options, undo_, work_, [&](const TaggedFile& file) { seen_.push_back(file); });
  }
  base::Result<WriteBackReport> back(const WriteBackOptions& options = {}) {
    seen_.clear();
    return undo_write_back(undo_, options, work_, [&](const TaggedFile& file) { seen_.push_back(file); });
  }
  std::vector<std::string> bpm(std::size_t i) { return read_fields(wanted_[i].path, {"BPM"})->at("BPM"); }
  std::vector<std::string> all_bytes() {
    std::vector<std::string> all;
    for (const FileToTag& file : wanted_) all.push_back(*base::read_file(file.path, 1 << 30));
    return all;
  }

  std::vector<FileToTag> wanted_;
  fs::path undo_;
  std::vector<TaggedFile> seen_;
  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
};

TEST_F(WriteBackTest, ADryRunSaysWhatWouldChangeAndChangesNothing) {
  const auto before = all_bytes();
  const auto report = go({.dry_run = true});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changed, 3U);
  EXPECT_EQ(all_bytes(), before);
  EXPECT_FALSE(fs::exists(undo_));
  ASSERT_EQ(seen_.size(), 3U);
  EXPECT_EQ(seen_[1].before.at("BPM"), std::vector<std::string>{});
  EXPECT_EQ(seen_[1].after.at("BPM"), std::vector<std::string>{"101"});
}

TEST_F(WriteBackTest, WhatWasWrittenCanBeTakenBack) {
  tag(wanted_[0].path, {{"MOOD", "own word"}});
  const auto report = go();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->changed, 3U);
  EXPECT_EQ(seen_[0].left.at("MOOD"), std::vector<std::string>{"own word"});  // never over what a person wrote
  EXPECT_EQ(bpm(0), std::vector<std::string>{"100"});
  const auto undone = back();
  ASSERT_TRUE(undone.ok());
  EXPECT_EQ(undone->changed, 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(bpm(i), std::vector<std::string>{});
  EXPECT_EQ(read_fields(wanted_[0].path, {"MOOD"})->at("MOOD"), std::vector<std::string>{"own word"});
  EXPECT_EQ(back()->nothing_to_do, 3U);
}

TEST_F(WriteBackTest, OverwritingIsAskedForAndUndone) {
  tag(wanted_[2].path, {{"BPM", "77"}});
  ASSERT_TRUE(go({.overwrite = true}).ok());
  EXPECT_EQ(bpm(2), std::vector<std::string>{"102"});
  ASSERT_TRUE(back().ok());
  EXPECT_EQ(bpm(2), std::vector<std::string>{"77"});
}

TEST_F(WriteBackTest, UndoLeavesWhatWasChangedSince) {
  ASSERT_TRUE(go().ok());
  tag(wanted_[1].path, {{"BPM", "99"}});
  const auto undone = back();
  ASSERT_TRUE(undone.ok());
  EXPECT_EQ(bpm(1), std::vector<std::string>{"99"});
  EXPECT_EQ(read_fields(wanted_[1].path, {"MOOD"})->at("MOOD"), std::vector<std::string>{});
  EXPECT_EQ(seen_[1].left.at("BPM"), std::vector<std::string>{"99"});
}

TEST_F(WriteBackTest, AgainThereIsNothingToDoAndNoUndoFile) {
  ASSERT_TRUE(go().ok());
  EXPECT_EQ(go().error().code, base::ErrorCode::kAlreadyExists);  // the first one's undo file is not replaced
  undo_ = folder_ / "second.ndjson";
  const auto again = go();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->nothing_to_do, 3U);
  EXPECT_FALSE(fs::exists(undo_));
}

TEST_F(WriteBackTest, ABadFileIsOneLineAndTheOthersAreDone) {
  fs::remove(wanted_[0].path);
  write(wanted_[1].path, "no music at all");
  fs::rename(wanted_[1].path, music_ / "1.txt");
  wanted_[1].path = music_ / "1.txt";
  const auto report = go();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, 2U);
  EXPECT_EQ(report->changed, 1U);
  EXPECT_THAT(seen_[0].problem, HasSubstr("0.mp3"));
  EXPECT_THAT(seen_[1].problem, HasSubstr("cannot be written"));
}

TEST_F(WriteBackTest, AStopBetweenTwoFilesKeepsTheUndoFileOfTheFirst) {
  const auto report = write_back(wanted_, {}, undo_, work_, [&](const TaggedFile&) { cancel_.cancel(); });
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, base::ErrorCode::kCancelled);
  EXPECT_EQ(bpm(0), std::vector<std::string>{"100"});
  EXPECT_EQ(bpm(1), std::vector<std::string>{});
  base::CancelFlag fresh;
  base::Work work{pool_, progress_, fresh};
  EXPECT_EQ(undo_write_back(undo_, {}, work, [](const TaggedFile&) {})->changed, 1U);
  EXPECT_EQ(bpm(0), std::vector<std::string>{});
}

TEST_F(WriteBackTest, AnUndoFileIsReadAsItWasWritten) {
  const std::vector<TagChange> changes = {
      {"/music/\xFF\xFE name.mp3", {{"BPM", {}}}, {{"BPM", {"120"}}}},
      {"/music/ümläut \"quoted\".flac", {{"GENRE", {"a", "b"}}, {"MOOD", {}}}, {{"GENRE", {"c"}}, {"MOOD", {"d\n"}}}}};
  {
    auto file = UndoFile::create(undo_);
    ASSERT_TRUE(file.ok());
    for (const TagChange& change : changes) ASSERT_TRUE(file->add(change).ok());
  }
  EXPECT_EQ(*UndoFile::read(undo_), changes);
  std::string bytes = *base::read_file(undo_, 1 << 20);
  write(undo_, bytes.substr(0, bytes.size() - 5));  // a crash in the last line
  EXPECT_EQ(UndoFile::read(undo_)->size(), 1U);
}

TEST_F(WriteBackTest, OtherFilesAreNoUndoFiles) {
  const auto before = all_bytes();
  for (const char* text : {"hello", "{\"a\":1}\n", "{\"path\":1,\"before\":{},\"after\":{}}\n",
                           "{\"path\":\"a\",\"before\":{\"BPM\":[1]},\"after\":{}}\n",
                           "{\"path_hex\":\"0\",\"before\":{},\"after\":{}}\n"}) {
    write(undo_, text);
    const auto undone = back();
    ASSERT_FALSE(undone.ok()) << text;
    EXPECT_EQ(undone.error().code, base::ErrorCode::kCorrupt) << text;
    EXPECT_THAT(undone.error().message, HasSubstr("line 1"));
  }
  EXPECT_EQ(all_bytes(), before);
  undo_ = folder_ / "none.ndjson";
  EXPECT_EQ(back().error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mla::pipelines
