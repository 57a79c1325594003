#include "front/engine/library_sound.h"

#include <cmath>

#include <gmock/gmock.h>

#include "adapters/sqlite/sqlite.h"
#include "operations/pipelines/library/library_sounds.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kTracks = 12;

audio::TrackVector at_angle(double angle) {
  audio::TrackVector vector{};
  vector[0] = static_cast<float>(std::cos(angle));
  vector[1] = static_cast<float>(std::sin(angle));
  return vector;
}

std::string id_of(int i) { return "t" + std::to_string(10 + i); }

// A library of twelve analysed files "t10" … on half a circle of sounds, by artists of their own.
class LibrarySoundTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<catalog::Item> items;
    std::vector<pipelines::LibraryFile> files;
    std::vector<pipelines::TrackSound> sounds;
    for (int i = 0; i < kTracks; ++i) {
      catalog::Item item;
      item.id = base::ItemId(id_of(i));
      item.title = "Song " + std::to_string(i);
      item.artist = "Artist " + std::to_string(i);
      item.path = "/m/" + id_of(i);
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
    ASSERT_TRUE(catalog_.put_items(items).ok());
    ASSERT_TRUE(pipelines::LibraryFiles::open(*database_).value().put(files).ok());
    ASSERT_TRUE(pipelines::LibrarySounds::open(*database_).value().put(sounds).ok());
  }
  static std::vector<std::string> ids(const base::Result<recommend::Answer>& answer) {
    std::vector<std::string> out;
    EXPECT_TRUE(answer.ok());
    if (!answer.ok()) return out;
    for (const auto& one : answer->recommendations) out.push_back(one.track_id.str());
    return out;
  }

  std::unique_ptr<store::Database> database_ = sqlite::open("sqlite://").value();
  catalog::Catalog catalog_ = catalog::Catalog::open(*database_).value();
};

TEST_F(LibrarySoundTest, APathGoesByStepsOfSound) {
  const auto answer = path_of_sound(catalog_, "t10", "/m/t18", 5, 2);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t12", "t14", "t16", "t18"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "where it begins");
  EXPECT_EQ(answer->recommendations[1].recommendation_reason, "sounds like Song 0");
  EXPECT_EQ(answer->recommendations[4].recommendation_reason, "sounds like Song 6; where it ends");
  EXPECT_THAT(answer->recommendations[1].evidence, ElementsAre(base::ItemId("t10")));
  const auto far = path_of_sound(catalog_, "t10", "t21", 2, 2);
  EXPECT_EQ(far->recommendations[1].recommendation_reason, "sounds unlike Song 0; where it ends");
  EXPECT_THAT(path_of_sound(catalog_, "t10", "t21", 50, 2)->notes, ElementsAre(HasSubstr("no 50 tracks")));
}

TEST_F(LibrarySoundTest, APathNeedsTwoEndsThatSound) {
  EXPECT_EQ(path_of_sound(catalog_, "t10", "t10", 5, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(path_of_sound(catalog_, "t10", "?", 5, 2).error().code, ErrorCode::kNotFound);
  catalog::Item item;
  item.id = base::ItemId("silent");
  ASSERT_TRUE(catalog_.put_items(std::vector{item}).ok());
  EXPECT_THAT(path_of_sound(catalog_, "t10", "silent", 5, 2).error().message,
              HasSubstr("nobody knows how 'silent' sounds"));
}

TEST_F(LibrarySoundTest, AFileOutsideIsComparedByItsSound) {
  const auto answer = sounds_like(catalog_, at_angle(0), "new.mp3", 3, 2);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t11", "t12"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "sounds like new.mp3");
  EXPECT_EQ(answer->recommendations[0].confidence_score, 0) << "no probability is known";
  EXPECT_THAT(answer->notes, ElementsAre(HasSubstr("'new.mp3' is not in the library")));
}

TEST_F(LibrarySoundTest, FilesThatAreGoneAreNotOffered) {
  catalog::Item item = catalog_.find_item(base::ItemId("t11")).value().value();
  item.path.clear();
  ASSERT_TRUE(catalog_.put_items(std::vector{item}).ok());
  EXPECT_THAT(ids(sounds_like(catalog_, at_angle(0), "x", 2, 2)), ElementsAre("t10", "t12"));
}

TEST_F(LibrarySoundTest, WithoutAnAnalysisItSaysHow) {
  const auto empty = sqlite::open("sqlite://").value();
  const catalog::Catalog nothing = catalog::Catalog::open(*empty).value();
  EXPECT_THAT(path_of_sound(nothing, "a", "b", 5, 2).error().message, HasSubstr("--analyze"));
  EXPECT_THAT(sounds_like(nothing, at_angle(0), "x", 5, 2).error().message, HasSubstr("--analyze"));
}

}  // namespace
}  // namespace mla::engine
