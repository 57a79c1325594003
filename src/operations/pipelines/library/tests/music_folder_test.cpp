#include "operations/pipelines/library/music_folder.h"

#include <map>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "operations/pipelines/library/library_files.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::HasSubstr;

class MusicFolderTest : public MusicFilesTest {
 protected:
  void SetUp() override {
    MusicFilesTest::SetUp();
    database_ = store::fresh_database();
    catalog_.emplace(catalog::Catalog::open(*database_).value());
    options_.rejects_folder = folder_;
  }

  catalog::ImportReport scan() {
    base::Work work{pool_, progress_, cancel_};
    auto report = catalog::import_path(music_folder(), music_, options_, *catalog_, work);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : catalog::ImportReport();
  }

  void song(const std::string& name, std::uint64_t seed, const std::string& title, const std::string& artist = "A") {
    write(music_ / name, name.ends_with(".mp3") ? mp3(seed) : name.ends_with(".flac") ? flac(seed) : wav(seed));
    tag(music_ / name, {{"TITLE", title}, {"ARTIST", artist}, {"GENRE", "rock"}});
  }

  std::string id_at(const std::string& name) const {
    return catalog_->resolve((music_ / name).string()).value().value_or(base::ItemId("none")).str();
  }
  catalog::Item item(const std::string& id) const { return catalog_->find_item(base::ItemId(id)).value().value(); }

  std::unique_ptr<store::Database> database_;
  std::optional<catalog::Catalog> catalog_;
  catalog::ImportOptions options_;
  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
};

TEST_F(MusicFolderTest, BecomesTracks) {
  song("one/a.mp3", 1, "First");
  song("two/b.flac", 2, "Second");
  song("c.wav", 3, "Third");
  write(music_ / "cover.jpg", "no music");
  EXPECT_EQ(scan().items, (catalog::WriteCounts{3, 0, 0}));
  const catalog::Item first = item(id_at("one/a.mp3"));
  EXPECT_EQ(first.title, "First");
  EXPECT_EQ(first.artist, "A");
  EXPECT_EQ(first.path, (music_ / "one/a.mp3").string());
  EXPECT_EQ(first.tags, (std::vector<catalog::Tag>{{"rock", 1}}));
  EXPECT_TRUE(first.id.str().starts_with("file-"));
  EXPECT_EQ(scan().items, (catalog::WriteCounts{0, 3, 0}));
}

TEST_F(MusicFolderTest, AMovedFileIsWhatItWas) {
  song("a.mp3", 1, "First");
  scan();
  const std::string id = id_at("a.mp3");
  fs::create_directories(music_ / "deep/er");
  fs::rename(music_ / "a.mp3", music_ / "deep/er/z.mp3");
  EXPECT_THAT(scan().notes, testing::ElementsAre(HasSubstr("1 files were moved")));
  EXPECT_EQ(id_at("deep/er/z.mp3"), id);
  EXPECT_EQ(id_at("a.mp3"), "none");
  EXPECT_EQ(catalog_->counts().value().items, 1);
}

TEST_F(MusicFolderTest, AFileTaggedAnewIsWhatItWas) {
  song("a.mp3", 1, "First");
  scan();
  const std::string id = id_at("a.mp3");
  tag(music_ / "a.mp3", {{"TITLE", "Better Title"}});
  fs::rename(music_ / "a.mp3", music_ / "b.mp3");
  EXPECT_EQ(scan().items.updated, 1);
  EXPECT_EQ(id_at("b.mp3"), id);
  EXPECT_EQ(item(id).title, "Better Title");
}

TEST_F(MusicFolderTest, FilesThatChangePlacesKeepTheirIdentities) {
  for (int i = 1; i <= 4; ++i) song(fmt::format("{}.mp3", i), static_cast<std::uint64_t>(i), fmt::format("Song {}", i));
  scan();
  std::map<std::string, std::string> before;
  for (int i = 1; i <= 4; ++i) before[fmt::format("Song {}", i)] = id_at(fmt::format("{}.mp3", i));
  for (int i = 4; i >= 1; --i) fs::rename(music_ / fmt::format("{}.mp3", i), music_ / fmt::format("{}.mp3", i + 1));
  scan();
  EXPECT_EQ(catalog_->counts().value().items, 4);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(id_at(fmt::format("{}.mp3", i + 1)), before[fmt::format("Song {}", i)]);
  // Two that swap.
  fs::rename(music_ / "2.mp3", folder_ / "x");
  fs::rename(music_ / "3.mp3", music_ / "2.mp3");
  fs::rename(folder_ / "x", music_ / "3.mp3");
  scan();
  EXPECT_EQ(catalog_->counts().value().items, 4);
  EXPECT_EQ(id_at("2.mp3"), before["Song 2"]);
  EXPECT_EQ(id_at("3.mp3"), before["Song 1"]);
}

TEST_F(MusicFolderTest, AFileThatIsGoneIsMarkedAndComesBack) {
  song("a.mp3", 1, "First");
  song("b.mp3", 2, "Second");
  scan();
  const std::string id = id_at("a.mp3");
  catalog::Event event;
  event.user = base::UserId("me");
  event.item = base::ItemId(id);
  ASSERT_TRUE(catalog_->add_events({&event, 1}, "test").ok());
  fs::rename(music_ / "a.mp3", folder_ / "away.mp3");
  EXPECT_THAT(scan().notes, testing::ElementsAre(HasSubstr("1 files are not there any more")));
  EXPECT_EQ(item(id).path, "") << "nothing to play";
  EXPECT_EQ(item(id).title, "First") << "and nothing forgotten";
  EXPECT_EQ(catalog_->history(base::UserId("me"), 10).value().size(), 1u);
  EXPECT_TRUE(scan().notes.empty()) << "said once";
  fs::rename(folder_ / "away.mp3", music_ / "elsewhere.mp3");
  scan();
  EXPECT_EQ(id_at("elsewhere.mp3"), id);
  fs::rename(music_ / "elsewhere.mp3", folder_ / "away.mp3");
  scan();
  fs::rename(folder_ / "away.mp3", music_ / "elsewhere.mp3");
  EXPECT_THAT(scan().notes, testing::ElementsAre(HasSubstr("1 files are there again")));
  EXPECT_EQ(id_at("elsewhere.mp3"), id);
}

TEST_F(MusicFolderTest, AnotherRecordingAtAPathIsAnotherItem) {
  song("a.mp3", 1, "First");
  scan();
  const std::string id = id_at("a.mp3");
  song("a.mp3", 2, "Other", "B");
  scan();
  EXPECT_NE(id_at("a.mp3"), id);
  EXPECT_EQ(item(id).path, "");
  EXPECT_EQ(catalog_->counts().value().items, 2);
  song("b.mp3", 1, "First");
  scan();
  EXPECT_EQ(id_at("b.mp3"), id) << "the old one, found again";
}

TEST_F(MusicFolderTest, ABetterEncodingOfTheSameSongIsTheSameItem) {
  song("a.mp3", 1, "First");
  scan();
  const std::string id = id_at("a.mp3");
  song("a.mp3", 9, "First");
  scan();
  EXPECT_EQ(id_at("a.mp3"), id);
}

TEST_F(MusicFolderTest, CopiesAreItemsOfTheirOwn) {
  song("a.mp3", 1, "First");
  fs::copy_file(music_ / "a.mp3", music_ / "b.mp3");
  scan();
  EXPECT_EQ(catalog_->counts().value().items, 2);
  EXPECT_EQ(id_at("b.mp3"), id_at("a.mp3") + "-2");
  const std::string first = id_at("a.mp3");
  const std::string second = id_at("b.mp3");
  fs::create_directory(music_ / "x");
  fs::rename(music_ / "a.mp3", music_ / "x/a.mp3");
  fs::rename(music_ / "b.mp3", music_ / "x/b.mp3");
  scan();
  EXPECT_EQ(id_at("x/a.mp3"), first) << "both moved: their names tell them apart";
  EXPECT_EQ(id_at("x/b.mp3"), second);
}

TEST_F(MusicFolderTest, BadFilesAreALineEach) {
  song("good.mp3", 1, "Good");
  write(music_ / "empty.mp3", "");
  write(music_ / "noise.flac", "no flac at all");
  const catalog::ImportReport report = scan();
  EXPECT_EQ(report.items.added, 1);
  EXPECT_EQ(report.rejected, 2);
  EXPECT_TRUE(fs::exists(report.rejects_file));
}

TEST_F(MusicFolderTest, StrangeNamesAreFiles) {
  const std::string long_name = std::string(240, 'n') + ".mp3";
  const std::string latin1 = "caf\xE9.mp3";
  song(long_name, 1, "Long");
  song(latin1, 2, "Latin");
  song("new\nline.mp3", 3, "Lines");
  EXPECT_EQ(scan().items.added, 3);
  EXPECT_EQ(scan().items, (catalog::WriteCounts{0, 3, 0}));
  const LibraryFiles files = LibraryFiles::open(*database_).value();
  std::vector<std::string> paths;
  ASSERT_TRUE(files
                  .for_each(music_.string(), true,
                            [&](LibraryFile file) -> base::Status {
                              paths.push_back(file.path);
                              return {};
                            })
                  .ok());
  EXPECT_THAT(paths, testing::Contains((music_ / latin1).string())) << "by its bytes";
}

TEST_F(MusicFolderTest, FollowsNoLinkOutAndNoCircle) {
  song("a.mp3", 1, "First");
  write(folder_ / "outside.mp3", mp3(2));
  fs::create_symlink(folder_ / "outside.mp3", music_ / "out.mp3");
  fs::create_directory_symlink(music_, music_ / "circle");
  fs::create_directory_symlink(folder_, music_ / "up");
  EXPECT_EQ(scan().items.added, 1);
}

TEST_F(MusicFolderTest, AScanOfAPartLeavesTheRest) {
  song("one/a.mp3", 1, "First");
  song("two/b.mp3", 2, "Second");
  scan();
  const std::string id = id_at("two/b.mp3");
  base::Work work{pool_, progress_, cancel_};
  ASSERT_TRUE(catalog::import_path(music_folder(), music_ / "one", options_, *catalog_, work).ok());
  EXPECT_EQ(id_at("two/b.mp3"), id);
  fs::rename(music_ / "two/b.mp3", music_ / "one/b.mp3");
  ASSERT_TRUE(catalog::import_path(music_folder(), music_ / "one", options_, *catalog_, work).ok());
  EXPECT_EQ(id_at("one/b.mp3"), id) << "moved from a folder that was not looked at";
  EXPECT_EQ(scan().items, (catalog::WriteCounts{0, 2, 0}));
}

TEST_F(MusicFolderTest, WhatIsNoFolderIsRefusedInWords) {
  write(music_ / "a.mp3", mp3(1));
  base::Work work{pool_, progress_, cancel_};
  const auto file = catalog::import_path(music_folder(), music_ / "a.mp3", options_, *catalog_, work);
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(file.error().message, HasSubstr("not a folder"));
  EXPECT_EQ(catalog::import_path(music_folder(), music_ / "no", options_, *catalog_, work).error().code,
            ErrorCode::kNotFound);
}

TEST_F(MusicFolderTest, ACancelledScanKeepsWhatItWrote) {
  song("a.mp3", 1, "First");
  cancel_.cancel();
  base::Work work{pool_, progress_, cancel_};
  EXPECT_EQ(catalog::import_path(music_folder(), music_, options_, *catalog_, work).error().code,
            ErrorCode::kCancelled);
}

TEST_F(MusicFolderTest, IsRecognisedByItsFiles) {
  EXPECT_FALSE(music_folder().detect(music_));
  write(music_ / "deep/a.OGG", "x");
  EXPECT_TRUE(music_folder().detect(music_));
  EXPECT_FALSE(music_folder().detect(music_ / "deep/a.OGG"));
}

}  // namespace
}  // namespace mla::pipelines
