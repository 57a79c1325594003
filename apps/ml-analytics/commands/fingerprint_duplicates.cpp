#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "knowledge/audio/fingerprint/duplicates.h"

namespace mla::apps {

int run(const FingerprintDuplicatesOptions& options) {
  if (const auto configured = configure(options.common); !configured.ok()) return fail(configured.error());
  const auto index = audio::LandmarkIndex::open(options.index);
  if (!index.ok()) return fail(index.error());
  base::ThreadPool pool;
  const auto progress = base::make_terminal_progress();
  const auto pairs = audio::find_duplicates(*index, options.min_score, {pool, *progress, stop_flag()});
  if (!pairs.ok()) return fail(pairs.error());
  const std::vector<audio::DuplicateGroup> groups = audio::group_duplicates(*pairs);
  for (const audio::DuplicateGroup& group : groups) {
    boost::json::array files;
    if (!options.json) fmt::print("score {:.2f}\n", group.score);
    for (const std::size_t number : group.recordings) {
      const audio::RecordingView recording = index->recording(number);
      const double seconds = recording.frames * audio::SpectralPeaks::kFrameSeconds;
      files.push_back({{"file", std::string(recording.file)}, {"bytes", recording.bytes}, {"duration", seconds}});
      if (!options.json) {
        fmt::print("  {}  ({}:{:02}, {:.1f} MB)\n", recording.file, static_cast<int>(seconds) / 60,
                   static_cast<int>(seconds) % 60, static_cast<double>(recording.bytes) / 1e6);
      }
    }
    if (options.json) {
      fmt::print("{}\n", base::to_json_text(boost::json::object{{"score", group.score}, {"files", std::move(files)}}));
    }
  }
  if (!options.json && groups.empty()) fmt::print("no duplicates among {} recordings\n", index->size());
  return kDone;
}

}  // namespace mla::apps
