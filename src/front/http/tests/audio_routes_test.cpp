#include <cstring>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "front/http/tests/api_fixture.h"
#include "operations/pipelines/library/library_files.h"
#include "operations/pipelines/library/library_sounds.h"
#include "serving/analysis/tests/made_files.h"
#include "serving/analysis/worker.h"

namespace mla::http {
namespace {

using security::Role;
using testing::HasSubstr;

// This program is its own worker, as ml-analytics is: the words decide before GoogleTest reads them.
[[maybe_unused]] const bool kIsWorker = [] {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  const std::string first = words.substr(std::strlen(words.c_str()) + 1);
  if (first.c_str() == std::string(analysis::kWorkerWord)) std::_Exit(analysis::worker_main(analysis::kWorkerSocket));
  return false;
}();

class AudioRoutes : public ApiTest {
 protected:
  static std::string tone() {
    const analysis::MadeFiles files;
    std::ifstream file(files.tone("tone.wav", 1), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Response upload(const std::string& name, const std::string& content, const std::string& query = {},
                  Role role = Role::kAdmin) {
    const std::string body = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" +
                             content + "\r\n--X--\r\n";
    return send(role, "POST", "/ml-analytics/audio/analyze" + query, body,
                {{"Content-Type", "multipart/form-data; boundary=X"}});
  }

  // As a server that starts anew.
  void restart_audio() {
    service.reset();
    audio = std::make_unique<AudioAnalysis>(*engine, folder / "uploads",
                                            settings.security.data_validation.allowed_file_types);
    service = std::make_unique<Service>(api_routes(behind(), true), metrics, callers->security());
  }

  std::size_t stored() {
    std::error_code none;
    const std::filesystem::directory_iterator all(folder / "uploads", none);
    return none ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

TEST_F(AudioRoutes, AShortFileIsAnsweredAtOnce) {
  const Response response = upload("my tone.wav", tone());
  ASSERT_EQ(response.status, 200) << response.body;
  const auto analysis = boost::json::parse(response.body);
  EXPECT_EQ(analysis.at("file"), "my tone.wav");
  EXPECT_NEAR(analysis.at("duration").to_number<double>(), 1, 0.01);
  EXPECT_EQ(analysis.at("codec"), "pcm_s16le");
  EXPECT_EQ(stored(), 0u) << "nothing is left behind";
  EXPECT_THAT(response.body, testing::Not(HasSubstr(folder.string())));
}

TEST_F(AudioRoutes, InTheBackgroundItIsAJob) {
  const Response response = upload("tone.wav", tone(), "?background=true", Role::kService);
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(stored(), 1u) << "it waits";
  EXPECT_THAT(response.body, testing::Not(HasSubstr(folder.string())));
  const jobs::Job job = engine->jobs().take("runner").value().value();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const auto result = engine->work_on({job.id, job.owner, job.attempt}, work);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(boost::json::parse(*result).at("file"), "tone.wav");
  EXPECT_EQ(stored(), 0u);
}

TEST_F(AudioRoutes, AnUploadWhoseJobWasCancelledGoesWhenAnotherComes) {
  const auto old = [this] {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "uploads")) {
      std::filesystem::last_write_time(entry.path(),
                                       std::filesystem::last_write_time(entry.path()) - std::chrono::hours(2));
    }
  };
  const auto queued = [this] {
    const Response response = upload("tone.wav", tone(), "?background=true");
    EXPECT_EQ(response.status, 202) << response.body;
    return std::string(boost::json::parse(response.body).at("id").as_string());
  };
  const std::string cancelled = queued();
  old();
  ASSERT_TRUE(engine->jobs().cancel(cancelled).ok());
  restart_audio();
  queued();
  EXPECT_EQ(stored(), 1u) << "the first is gone";
  old();
  restart_audio();
  queued();
  EXPECT_EQ(stored(), 2u) << "the second is awaited";
}

TEST_F(AudioRoutes, ExtensionFirstBytesAndDecoderMustAgree) {
  const std::pair<std::pair<std::string, std::string>, const char*> cases[] = {
      {{"tone.mp3", tone()}, "does not begin like"},
      {{"tone.flac", "ID3 and no music"}, "tone.flac"},
      {{"tone.wav", "RIFF\1\1\1\1WAVE and no music"}, "tone.wav"},
      {{"tone.exe", tone()}, "must end in one of"},
      {{"tone.php.wav", tone()}, "two extensions"},
      {{"../tone.wav", tone()}, "needs a name"},
      {{std::string("tone\0.wav", 9), tone()}, "needs a name"},
      {{"", tone()}, "needs a name"},
      {{"tone.wav", ""}, "does not begin like"},
  };
  for (const auto& [file, what] : cases) {
    const Response response = upload(file.first, file.second);
    EXPECT_EQ(response.status, 422) << file.first << response.body;
    EXPECT_THAT(response.body, HasSubstr(R"("loc":["body","file"])"));
    EXPECT_THAT(response.body, HasSubstr(what));
    EXPECT_THAT(response.body, testing::Not(HasSubstr(folder.string()))) << "no path of the server";
  }
  EXPECT_EQ(stored(), 0u);
}

TEST_F(AudioRoutes, TheFormIsChecked) {
  const std::string path = "/ml-analytics/audio/analyze";
  const Headers form{{"Content-Type", "multipart/form-data; boundary=X"}};
  EXPECT_EQ(place(ask(422, "POST", path, "--X--", form)), "body.file");
  EXPECT_EQ(place(ask(422, "POST", path, "", form)), "body.file");
  EXPECT_EQ(
      place(ask(422, "POST", path, "--X\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--X--", form)),
      "body.file");
  ask(415, "POST", path, "{}");
  EXPECT_EQ(upload("tone.wav", tone(), "?background=1").status, 422);
  EXPECT_EQ(upload("tone.wav", tone(), "", Role::kListener).status, 403);
}

TEST_F(AudioRoutes, FeaturesOfTheLibraryByIds) {
  auto files = pipelines::LibraryFiles::open(*database).value();
  auto sounds = pipelines::LibrarySounds::open(*database).value();
  pipelines::LibraryFile file;
  file.item = base::ItemId("a b");
  file.path = "/music/a.flac";
  file.payload = "p1";
  ASSERT_TRUE(files.put(std::span(&file, 1)).ok());
  pipelines::TrackSound sound;
  sound.payload = "p1";
  sound.tempo = 120.5;
  sound.tonic = "C#";
  sound.mode = "minor";
  sound.genres = {{"rock", 1.0}};
  sound.features = {{"energy", 0.5}};
  ASSERT_TRUE(sounds.put(std::span(&sound, 1)).ok());
  const auto answer = ask(200, "GET", "/ml-analytics/audio-features/unknown,a%20b,").at("audio_features");
  ASSERT_EQ(answer.as_array().size(), 3u);
  EXPECT_TRUE(answer.at(0).is_null());
  EXPECT_EQ(answer.at(1).at("track_id"), "a b");
  EXPECT_EQ(answer.at(1).at("tempo"), 120.5);
  EXPECT_EQ(answer.at(1).at("key"), "C#");
  EXPECT_EQ(answer.at(1).at("features").at("energy"), 0.5);
  EXPECT_TRUE(answer.at(1).at("integrated_lufs").is_null());
  EXPECT_TRUE(answer.at(2).is_null());
  std::string many = "x";
  for (int i = 0; i < 100; ++i) many += ",x";
  EXPECT_EQ(place(ask(422, "GET", "/ml-analytics/audio-features/" + many)), "path.ids");
}

}  // namespace
}  // namespace mla::http
