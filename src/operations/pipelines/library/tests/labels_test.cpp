#include "operations/pipelines/library/labels.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::pipelines {
namespace {

using testing::Contains;
using testing::HasSubstr;

class LibraryLabelsTest : public testing::Test {
 protected:
  void add(const std::string& genre, const std::string& artist, int tracks, bool gone = false) {
    std::vector<LibraryFile> files;
    for (int i = 0; i < tracks; ++i) {
      LibraryFile file;
      file.path = fmt::format("/m/{}/{}/{}", genre, artist, i);
      file.item = base::ItemId(file.path);
      if (gone) file.gone = 1;
      if (!genre.empty()) file.tags.genres = {genre, "second"};
      file.tags.artist = artist;
      files.push_back(file);
    }
    ASSERT_TRUE(files_.put(files).ok());
  }
  std::map<std::string, std::size_t> counts(const LibraryLabels& library) {
    std::map<std::string, std::size_t> of;
    for (const tagging::LabelledTrack& track : library.labels.tracks) ++of[track.genre];
    return of;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  LibraryFiles files_ = LibraryFiles::open(*database_).value();
};

TEST_F(LibraryLabelsTest, AreTheFirstGenresByArtist) {
  for (const char* artist : {"a", "b", "c"}) add("rock", artist, 4);
  for (const char* artist : {"d", "e", "f"}) add("jazz", artist, 4);
  add("", "g", 5);
  add("rock", "gone", 5, true);
  add("folk", "only one", 30);
  add("polka", "h", 2);
  const LibraryLabels library = library_labels(files_).value();
  EXPECT_EQ(counts(library), (std::map<std::string, std::size_t>{{"rock", 12}, {"jazz", 12}}));
  EXPECT_TRUE(tagging::check_learnable(library.labels).ok());
  EXPECT_THAT(library.lines, Contains(HasSubstr("folk (30), polka (2)")));
  EXPECT_THAT(library.lines, Contains(HasSubstr("24 of the 56 tracks")));
}

TEST_F(LibraryLabelsTest, OfALargeLibraryAreFewOfEachGenreAndArtist) {
  add("rock", "busy", 400);
  for (int i = 0; i < 20; ++i) add("rock", fmt::format("r{:02}", i), 2);
  for (int i = 0; i < 5; ++i) add("jazz", fmt::format("j{}", i), 3);
  const LibraryLabels library = library_labels(files_, 60).value();
  EXPECT_EQ(counts(library), (std::map<std::string, std::size_t>{{"rock", 45}, {"jazz", 15}}));
  std::map<std::string, int> of_artist;
  for (const tagging::LabelledTrack& track : library.labels.tracks) ++of_artist[track.artist_group];
  EXPECT_EQ(of_artist["busy"], 45 - 40) << "in turn: nobody is all of a genre while others have tracks";
}

TEST_F(LibraryLabelsTest, NeedTwoGenres) {
  const auto nothing = library_labels(files_);
  EXPECT_EQ(nothing.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(nothing.error().message, HasSubstr("0 tracks"));
  for (const char* artist : {"a", "b", "c"}) add("rock", artist, 4);
  EXPECT_THAT(library_labels(files_).error().message, HasSubstr("1 genres"));
}

TEST_F(LibraryLabelsTest, KeepTheRulesWhenTracksTurnOutToBeUnusable) {
  for (const char* genre : {"rock", "jazz", "folk"}) {
    for (int i = 0; i < 3; ++i) add(genre, fmt::format("{}{}", genre, i), 4);
  }
  LibraryLabels library = library_labels(files_).value();
  std::erase_if(library.labels.tracks, [](const auto& track) { return track.artist_group == "folk0"; });
  ASSERT_TRUE(keep_learnable(library).ok());
  EXPECT_EQ(counts(library).count("folk"), 0u) << "two artists are left";
  std::erase_if(library.labels.tracks, [](const auto& track) { return track.genre == "rock"; });
  EXPECT_FALSE(keep_learnable(library).ok());
}

}  // namespace
}  // namespace mla::pipelines
