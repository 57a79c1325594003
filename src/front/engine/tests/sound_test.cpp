#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "front/engine/engine.h"
#include "operations/pipelines/library/library_sounds.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr int kTracks = 12;

audio::TrackVector at_angle(double angle) {
  audio::TrackVector vector{};
  vector[0] = static_cast<float>(std::cos(angle));
  vector[1] = static_cast<float>(std::sin(angle));
  return vector;
}

std::string id_of(int i) { return "t" + std::to_string(10 + i); }

// A library of twelve analysed files "t10" … on half a circle of sounds, by artists of their own, which nobody has
// played.
class SoundTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("mla-sound-" + std::to_string(::getpid()) +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    settings_.models.path = (folder_ / "models").string();
    engine_ = Engine::open(settings_, *database_, clock_).value();
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
    ASSERT_TRUE(engine_->catalog().put_items(items).ok());
    ASSERT_TRUE(pipelines::LibraryFiles::open(*database_).value().put(files).ok());
    ASSERT_TRUE(pipelines::LibrarySounds::open(*database_).value().put(sounds).ok());
  }
  void TearDown() override { fs::remove_all(folder_); }

  base::Result<TrainReport> train() {
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    return engine_->train({}, work);
  }
  static std::vector<std::string> ids(const base::Result<recommend::Answer>& answer) {
    std::vector<std::string> out;
    EXPECT_TRUE(answer.ok());
    if (!answer.ok()) return out;
    for (const auto& one : answer->recommendations) out.push_back(one.track_id.str());
    return out;
  }

  fs::path folder_;
  config::Settings settings_;
  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<store::Database> database_ = sqlite::open("sqlite://").value();
  std::unique_ptr<Engine> engine_;
};

TEST_F(SoundTest, ALibraryThatNobodyHasPlayedIsLearntFromItsSound) {
  const auto report = train();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_THAT(report->lines, Contains("the sound of 12 of 12 items is known"));
  const auto answer = engine_->similar({.tracks = {"t15"}, .limit = 2});
  EXPECT_THAT(ids(answer), testing::UnorderedElementsAre("t14", "t16"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "sounds like Song 5");
  const auto mixed = engine_->similar({.tracks = {"t10", "t21"}, .less_like = {"t20"}, .limit = 3});
  EXPECT_THAT(ids(mixed), Contains("t11"));
  EXPECT_THAT(ids(mixed), testing::Not(Contains("t20")));
  EXPECT_EQ(engine_->similar({.tracks = {"t10"}, .less_like = {"?"}}).error().code, ErrorCode::kNotFound);
}

TEST_F(SoundTest, APathGoesByStepsOfSound) {
  const auto answer = engine_->path("t10", "/m/t18", 5);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t12", "t14", "t16", "t18"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "where it begins");
  EXPECT_EQ(answer->recommendations[1].recommendation_reason, "sounds like Song 0");
  EXPECT_EQ(answer->recommendations[4].recommendation_reason, "sounds like Song 6; where it ends");
  EXPECT_THAT(answer->recommendations[1].evidence, ElementsAre(base::ItemId("t10")));
  const auto far = engine_->path("t10", "t21", 2);
  EXPECT_EQ(far->recommendations[1].recommendation_reason, "sounds unlike Song 0; where it ends");
  EXPECT_THAT(engine_->path("t10", "t21", 50)->notes, ElementsAre(HasSubstr("no 50 tracks")));
}

TEST_F(SoundTest, APathNeedsTwoEndsThatSound) {
  EXPECT_EQ(engine_->path("t10", "t10", 5).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(engine_->path("t10", "?", 5).error().code, ErrorCode::kNotFound);
  catalog::Item item;
  item.id = base::ItemId("silent");
  ASSERT_TRUE(engine_->put_track(item).ok());
  EXPECT_THAT(engine_->path("t10", "silent", 5).error().message, HasSubstr("nobody knows how 'silent' sounds"));
}

TEST_F(SoundTest, AFileOutsideIsComparedByItsSound) {
  const auto answer = engine_->sounds_like(at_angle(0), "new.mp3", 3);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t11", "t12"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "sounds like new.mp3");
  EXPECT_EQ(answer->recommendations[0].confidence_score, 0) << "no probability is known";
  EXPECT_THAT(answer->notes, ElementsAre(HasSubstr("'new.mp3' is not in the library")));
}

TEST_F(SoundTest, FilesThatAreGoneAreNotOffered) {
  catalog::Item item = engine_->track(base::ItemId("t11")).value().value();
  item.path.clear();
  ASSERT_TRUE(engine_->put_track(item).ok());
  EXPECT_THAT(ids(engine_->sounds_like(at_angle(0), "x", 2)), ElementsAre("t10", "t12"));
}

TEST_F(SoundTest, WithoutAnAnalysisItSaysHow) {
  const auto empty = sqlite::open("sqlite://").value();
  const auto engine = Engine::open(settings_, *empty, clock_).value();
  EXPECT_THAT(engine->path("a", "b", 5).error().message, HasSubstr("--analyze"));
  EXPECT_THAT(engine->sounds_like(at_angle(0), "x", 5).error().message, HasSubstr("--analyze"));
}

TEST_F(SoundTest, MixesOfADayAreRememberedUnlessSaidOtherwise) {
  ASSERT_TRUE(train().ok());
  recommend::Request request;
  request.user = base::UserId("me");
  request.reference_tracks = {"t15"};
  request.limit = 3;
  const auto today = ids(engine_->recommend(request));
  EXPECT_EQ(ids(engine_->recommend(request)), today);
  ASSERT_TRUE(engine_->reload(base::CancelFlag()).ok());  // writes what was shown
  EXPECT_EQ(ids(engine_->recommend(request)), today);
  clock_.set(clock_.now() + base::kMillisPerDay);
  const auto tomorrow = ids(engine_->recommend(request));
  for (const std::string& id : today) EXPECT_THAT(tomorrow, testing::Not(Contains(id)));
  request.remember_shown = false;
  EXPECT_EQ(ids(engine_->recommend(request)), today);
  request.remember_shown = true;
  settings_.recommendations.remember_shown = false;
  EXPECT_EQ(ids(engine_->recommend(request)), today);
}

}  // namespace
}  // namespace mla::engine
