#include <map>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/clock.h"
#include "foundation/base/json.h"
#include "knowledge/audio/fingerprint/landmark_index.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/journal.h"
#include "serving/analysis/listing.h"
#include "serving/analysis/print.h"

namespace mla::apps {
namespace {

namespace fs = std::filesystem;

constexpr double kSaveSeconds = 120;  // what a crash can cost

std::string full_path(const fs::path& path) { return fs::absolute(path).lexically_normal().string(); }

// True for a file below one of the folders, or one of the files themselves.
bool is_below(const std::string& file, const std::vector<std::string>& roots) {
  for (std::string root : roots) {
    if (file == root) return true;
    if (!root.ends_with('/')) root += '/';
    if (file.starts_with(root)) return true;
  }
  return false;
}

struct Counts {
  std::size_t kept = 0;
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t failed = 0;
};

// The recordings of an index by file, as they are now and as they come.
class Recordings {
 public:
  // What the index at `path` holds, if there is one.
  base::Status load(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return {};
    MLA_ASSIGN(const audio::LandmarkIndex index, audio::LandmarkIndex::open(path));
    MLA_CHECK(index.verify());
    for (audio::IndexedRecording& recording : index.recordings()) {
      by_file_[recording.file] = std::move(recording);
    }
    return {};
  }

  // Files that are not in it as they are now; what is gone below the roots is dropped.
  std::vector<fs::path> missing(const std::vector<fs::path>& listed, const std::vector<std::string>& roots) {
    std::map<std::string, audio::IndexedRecording> kept;
    std::vector<fs::path> files;
    for (const fs::path& path : listed) {
      const auto known = by_file_.find(full_path(path));
      const analysis::FileStamp stamp = analysis::stamp_of(path);
      if (known != by_file_.end() && known->second.bytes == stamp.bytes &&
          known->second.modified_ns == stamp.modified_ns) {
        kept.insert(by_file_.extract(known));
      } else {
        if (known != by_file_.end()) by_file_.erase(known);
        files.push_back(path);
      }
    }
    counts_.kept = kept.size();
    for (auto& [file, recording] : by_file_) {
      if (is_below(file, roots)) {
        ++counts_.removed;
      } else {
        kept.emplace(file, std::move(recording));
      }
    }
    by_file_ = std::move(kept);
    return files;
  }

  void add(audio::IndexedRecording recording) {
    ++counts_.added;
    std::string file = recording.file;
    by_file_[std::move(file)] = std::move(recording);
  }

  base::Status save(const fs::path& path) const {
    std::vector<audio::IndexedRecording> all;
    for (const auto& [file, recording] : by_file_) all.push_back(recording);
    return audio::write_landmark_index(path, all);
  }

  std::size_t size() const { return by_file_.size(); }
  Counts& counts() { return counts_; }

 private:
  std::map<std::string, audio::IndexedRecording> by_file_;
  Counts counts_;
};

void report(const FingerprintIndexOptions& options, const Recordings& recordings, const Counts& counts) {
  std::error_code error;
  const auto bytes = fs::file_size(options.output, error);
  if (options.json) {
    const boost::json::object object{
        {"index", options.output},   {"recordings", recordings.size()}, {"added", counts.added}, {"kept", counts.kept},
        {"removed", counts.removed}, {"failed", counts.failed},         {"bytes", bytes}};
    fmt::print("{}\n", base::to_json_text(object));
    return;
  }
  fmt::print("{}: {} recordings ({} added, {} unchanged, {} removed, {} failed), {:.1f} MB\n", options.output,
             recordings.size(), counts.added, counts.kept, counts.removed, counts.failed,
             static_cast<double>(bytes) / 1e6);
}

}  // namespace

int run(const FingerprintIndexOptions& options) {
  if (const auto configured = configure(options.common); !configured.ok()) return fail(configured.error());
  const auto listed = analysis::list_audio_files(options.paths);
  if (!listed.ok()) return fail(listed.error());
  for (const std::string& path : options.paths) {
    if (std::error_code error; !fs::exists(path, error)) {
      return fail({base::ErrorCode::kNotFound, fmt::format("'{}' does not exist", path)});
    }
  }
  Recordings recordings;
  if (const auto loaded = recordings.load(options.output); !loaded.ok()) return fail(loaded.error());
  if (listed->empty() && recordings.size() == 0) {
    return fail({base::ErrorCode::kNotFound, "no audio files there: " + options.paths.front()});
  }
  std::vector<std::string> roots;
  for (const std::string& path : options.paths) roots.push_back(full_path(path));
  const std::vector<fs::path> files = recordings.missing(*listed, roots);
  std::vector<analysis::FileStamp> stamps;
  for (const fs::path& file : files) stamps.push_back(analysis::stamp_of(file));
  // Whether it can be written is known before hours of work, and what is gone is out of it at once.
  if (const auto saved = recordings.save(options.output); !saved.ok()) return fail(saved.error());

  analysis::BatchOptions batch;
  batch.jobs = options.jobs > 0 ? options.jobs : static_cast<int>(std::thread::hardware_concurrency());
  batch.wanted.task = analysis::Task::kIndexPrint;
  batch.worker.seconds = options.time_limit;
  const auto progress = base::make_terminal_progress();
  if (files.size() > 1) progress->begin("fingerprint: files", files.size());
  Counts& counts = recordings.counts();
  base::Status saved;
  double last_save = base::monotonic_seconds();
  const auto done = [&](std::size_t index, analysis::Outcome outcome) {
    auto print =
        outcome.error
            ? base::Result<analysis::IndexPrint>(base::Error{base::ErrorCode::kCorrupt, outcome.error->message})
            : analysis::read_index_print(outcome.attachment);
    if (!print.ok()) {
      ++counts.failed;
      fmt::print(stderr, "ml-analytics: {}\n", print.error().message);
      return true;
    }
    recordings.add({full_path(files[index]), stamps[index].bytes, stamps[index].modified_ns, print->frames,
                    std::move(print->landmarks)});
    if (base::monotonic_seconds() - last_save > kSaveSeconds) {
      saved = recordings.save(options.output);
      last_save = base::monotonic_seconds();
    }
    return saved.ok();
  };
  const base::Status ran = analysis::analyze_files(files, batch, *progress, stop_flag(), done);
  progress->end();
  if (saved.ok()) saved = recordings.save(options.output);
  if (!saved.ok()) return fail(saved.error());
  if (!ran.ok() && ran.error().code == base::ErrorCode::kCancelled) {
    return fail(
        {base::ErrorCode::kCancelled, fmt::format("cancelled; {} holds {} recordings, the same call goes on with it",
                                                  options.output, recordings.size())});
  }
  if (!ran.ok()) return fail(ran.error());
  report(options, recordings, counts);
  return counts.failed > 0 ? kWorkFailed : kDone;
}

}  // namespace mla::apps
