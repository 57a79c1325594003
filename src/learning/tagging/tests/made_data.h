#pragma once

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "foundation/base/work.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "learning/tagging/tagging_data.h"

namespace mla::tagging {

// A folder of its own for one test, with whatever files it needs.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            ("tagging_" + std::to_string(::getpid()) + "_" + test->test_suite_name() + "_" + test->name());
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

struct Quiet {
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel, 7};
  explicit Quiet(int threads = 1) : pool(threads) {}
};

// Clips of two genres whose columns differ by `apart` deviations in one family, each artist with a colour of its own in
// the others; mood 0 is how far a clip is on the way, mood 1 is noise.
inline TaggingData made_data(int artists, int clips_an_artist, double apart) {
  TaggingData data;
  data.genres = {"loud", "quiet"};
  data.moods = {"power", "noise"};
  for (const audio::ExcerptFamily& family : audio::excerpt_families())
    data.family_sizes.push_back(static_cast<std::int32_t>(family.columns));
  const std::size_t columns = audio::excerpt_columns();
  const auto clips = static_cast<std::size_t>(artists * clips_an_artist);
  data.excerpts = math::Matrix(2 * clips, columns);
  data.targets = math::Matrix(clips, 2);
  data.clip_begins = {0};
  base::Random random(3);
  for (std::size_t clip = 0; clip < clips; ++clip) {
    const int artist = static_cast<int>(clip) / clips_an_artist;
    base::Random colour(100 + static_cast<std::uint64_t>(artist));
    const int genre = artist % 2;
    const double way = apart * genre + 0.2 * random.normal();
    std::vector<double> own(columns);
    for (double& value : own) value = colour.normal();
    for (std::size_t row = 2 * clip; row < 2 * clip + 2; ++row) {
      for (std::size_t j = 0; j < columns; ++j) {
        const bool telling = j < static_cast<std::size_t>(data.family_sizes[0]);
        data.excerpts(row, j) = static_cast<float>(telling ? way + 0.5 * random.normal() : own[j] + random.normal());
      }
    }
    data.clip_begins.push_back(2 * clip + 2);
    data.genre_of.push_back(genre);
    data.artist_of.push_back(artist);
    data.targets(clip, 0) = static_cast<float>(0.5 * way / (apart + 1) + 0.3);
    data.targets(clip, 1) = static_cast<float>(random.uniform());
  }
  return data;
}

}  // namespace mla::tagging
