#include "operations/pipelines/library/sound_analysis.h"

#include <cstdlib>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "operations/pipelines/library/music_folder.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As the program does: this process, started anew with the hidden word, is a worker.
__attribute__((constructor)) void become_a_worker(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string(analysis::kWorkerWord))
    std::_Exit(analysis::worker_main(analysis::kWorkerSocket));
}

json::object an_analysis() {
  json::array vector(audio::kTrackVectorSize, 0.0);
  vector[2] = 0.6;
  vector[5] = -0.8;
  return {{"duration", 200.0},
          {"tempo", 120.5},
          {"tempo_confidence", 0.9},
          {"key", {{"tonic", "C#"}, {"mode", "minor"}, {"confidence", 0.7}, {"camelot", "12A"}}},
          {"loudness", {{"integrated_lufs", -14.5}, {"range_lu", 3.0}, {"true_peak_dbtp", -1.0}}},
          {"genre_prediction", {{"rock", 0.75}, {"jazz", 0.25}}},
          {"mood_analysis", {{"calmness", 0.5}}},
          {"audio_features", {{"energy", 0.5}, {"valence", nullptr}, {"tempo", 120.5}, {"key", 1}}},
          {"vector", {{"version", audio::kTrackVectorVersion}, {"values", vector}}}};
}

TEST(ToSound, TakesTheMainResults) {
  const TrackSound sound = to_sound(an_analysis());
  EXPECT_EQ(sound.tempo, 120.5);
  EXPECT_EQ(sound.tempo_confidence, 0.9);
  EXPECT_EQ(sound.tonic + " " + sound.mode, "C# minor");
  EXPECT_EQ(sound.key_confidence, 0.7);
  EXPECT_EQ(sound.integrated_lufs, -14.5);
  EXPECT_EQ(sound.true_peak_dbtp, -1);
  EXPECT_EQ(sound.genres, (std::map<std::string, double>{{"jazz", 0.25}, {"rock", 0.75}}));
  EXPECT_EQ(sound.moods, (std::map<std::string, double>{{"calmness", 0.5}}));
  EXPECT_EQ(sound.features, (std::map<std::string, double>{{"energy", 0.5}})) << "what is known, of 0 to 1";
  ASSERT_TRUE(sound.vector);
  EXPECT_FLOAT_EQ((*sound.vector)[5], -0.8F);
}

TEST(ToSound, LeavesEmptyWhatWasNotFound) {
  json::object silent = an_analysis();
  for (const char* key : {"tempo", "key", "genre_prediction", "mood_analysis", "loudness"}) silent[key] = nullptr;
  silent["spectral_features"] = {{"spectral_centroid", 0.0}};
  const TrackSound sound = to_sound(silent);
  EXPECT_EQ(sound.tempo, std::nullopt);
  EXPECT_EQ(sound.tempo_confidence, 0) << "of a tempo that is not there";
  EXPECT_EQ(sound.tonic, "");
  EXPECT_EQ(sound.integrated_lufs, std::nullopt);
  EXPECT_TRUE(sound.genres.empty() && sound.moods.empty());
  EXPECT_FALSE(sound.vector) << "silence is like nothing";
  silent["spectral_features"] = {{"spectral_centroid", 500.0}};
  EXPECT_TRUE(to_sound(silent).vector);
  silent["vector"].at("values") = json::array(audio::kTrackVectorSize, 0.0);
  EXPECT_FALSE(to_sound(silent).vector) << "no frames";
  EXPECT_EQ(to_sound({}), TrackSound());
}

TEST(ToSound, DoesNotTrustAWorker) {
  json::object odd = an_analysis();
  odd["tempo"] = "fast";
  odd["loudness"].at("integrated_lufs") = 1e300;
  odd["mood_analysis"] = {{"calmness", 7.0}, {"power", json::array()}};
  odd["key"].at("tonic") = std::string(1000, 'C');
  const TrackSound sound = to_sound(odd);
  EXPECT_EQ(sound.tempo, std::nullopt);
  EXPECT_EQ(sound.integrated_lufs, std::nullopt);
  EXPECT_EQ(sound.true_peak_dbtp, -1);
  EXPECT_THAT(sound.moods, IsEmpty());
  EXPECT_EQ(sound.tonic, "");
  for (const auto& vector :
       {json::value{{"version", audio::kTrackVectorVersion + 1}, {"values", json::array(13, 0.277350098)}},
        json::value{{"version", audio::kTrackVectorVersion}, {"values", json::array(12, 0.288675135)}},
        json::value{{"version", audio::kTrackVectorVersion}, {"values", json::array(13, 1.0)}},
        json::value{{"version", audio::kTrackVectorVersion}, {"values", json::array(13, "x")}}}) {
    odd["vector"] = vector;
    EXPECT_FALSE(to_sound(odd).vector) << json::serialize(vector);
  }
}

class SoundAnalysisTest : public MusicFilesTest {
 protected:
  void scan() {
    ASSERT_TRUE(catalog::import_path(music_folder(), music_, {.rejects_folder = folder_}, catalog_, work_).ok());
  }
  SoundReport analyse(const std::string& tagger = "") {
    const auto report = analyse_library(sounds_, music_.string(), {nullptr, tagger}, {.jobs = 2}, work_);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : SoundReport{};
  }
  std::vector<std::string> heard() const {
    std::vector<std::string> items;
    EXPECT_TRUE(sounds_
                    .for_each([&](const base::ItemId& item, const TrackSound& sound) -> base::Status {
                      EXPECT_TRUE(sound.vector);
                      EXPECT_TRUE(sound.integrated_lufs);
                      items.push_back(item.str());
                      return {};
                    })
                    .ok());
    return items;
  }

  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
  std::unique_ptr<store::Database> database_ = store::fresh_database();
  catalog::Catalog catalog_ = catalog::Catalog::open(*database_).value();
  LibrarySounds sounds_ = LibrarySounds::open(*database_).value();
};

TEST_F(SoundAnalysisTest, EachSoundOfAFolderIsAnalysedOnce) {
  for (unsigned i = 0; i < 3; ++i) write(music_ / (std::to_string(i) + ".wav"), wav(i, 32000));
  write(music_ / "copy.wav", wav(0, 32000));
  scan();
  EXPECT_EQ(analyse(), (SoundReport{.analysed = 3}));
  EXPECT_THAT(heard(), SizeIs(4)) << "the copy has a sound too";
  EXPECT_EQ(analyse(), SoundReport{}) << "nothing is left to do";
  write(music_ / "more.wav", wav(7, 32000));
  std::filesystem::rename(music_ / "1.wav", music_ / "moved.wav");
  tag(music_ / "2.wav", {{"TITLE", "New words"}});
  scan();
  EXPECT_EQ(analyse(), (SoundReport{.analysed = 1})) << "what moved or was tagged sounds as before";
  EXPECT_EQ(analyse("another model"), (SoundReport{.analysed = 4}));
}

TEST_F(SoundAnalysisTest, AFileThatCannotBeAnalysedIsRememberedWithItsProblem) {
  write(music_ / "good.wav", wav(1, 32000));
  write(music_ / "bad.flac", flac(2));  // a header, and noise for frames
  scan();
  const SoundReport first = analyse();
  EXPECT_EQ(first.analysed, 2U);
  EXPECT_THAT(first.problems, ElementsAre(HasSubstr("bad.flac")));
  EXPECT_EQ(analyse(), SoundReport{}) << "not tried again";
}

TEST_F(SoundAnalysisTest, AFileThatChangesMeanwhileIsLeftToTheNextScan) {
  write(music_ / "a.wav", wav(1, 32000));
  write(music_ / "b.wav", wav(2, 32000));
  scan();
  write(music_ / "a.wav", wav(3, 48000));
  EXPECT_EQ(analyse(), (SoundReport{.analysed = 1, .changed = 1}));
  EXPECT_THAT(heard(), SizeIs(1));
  scan();
  EXPECT_EQ(analyse(), (SoundReport{.analysed = 1}));
}

TEST_F(SoundAnalysisTest, StoppedItGoesOnWithTheRest) {
  for (unsigned i = 0; i < 4; ++i) write(music_ / (std::to_string(i) + ".wav"), wav(i, 16000));
  scan();
  cancel_.cancel();
  const auto stopped = analyse_library(sounds_, music_.string(), {}, {}, work_);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, base::ErrorCode::kCancelled);
  const std::size_t done = heard().size();
  const base::CancelFlag go_on;
  base::Work work{pool_, progress_, go_on};
  const auto rest = analyse_library(sounds_, music_.string(), {}, {}, work);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->analysed, 4 - done);
}

TEST_F(SoundAnalysisTest, OnlyTheFolderThatIsNamed) {
  write(music_ / "in" / "a.wav", wav(1, 16000));
  write(music_ / "in b" / "b.wav", wav(2, 16000));
  scan();
  const auto report = analyse_library(sounds_, (music_ / "in").string(), {}, {}, work_);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->analysed, 1U);
}

}  // namespace
}  // namespace mla::pipelines
