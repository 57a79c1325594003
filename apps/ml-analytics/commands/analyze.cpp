#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/file.h"
#include "foundation/base/json.h"
#include "front/engine/tagger.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/journal.h"
#include "serving/analysis/listing.h"
#include "serving/analysis/summary.h"
#include "serving/analysis/tags_json.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Track {
  fs::path path;
  // As it was listed: what changes while it is analysed is another file for --resume.
  analysis::FileStamp stamp;
  std::string plot;  // file name
};

bool left_out(const AnalyzeOptions& options, analysis::Part part) {
  return std::any_of(options.without.begin(), options.without.end(),
                     [part](const std::string& name) { return analysis::find_part(name) == part; });
}

// Where results go as they come: the journal at once, stdout in the order of the files.
class Sink {
 public:
  Sink(const AnalyzeOptions& options, const tagging::Tagger* tagger, std::optional<analysis::Journal>& journal)
      : options_(options), tagger_(tagger), journal_(journal) {}

  // `order` counts the files of this run from 0.
  base::Status take(std::size_t order, const Track& track, analysis::Outcome outcome) {
    if (outcome.error) failed_ = true;
    if (!options_.plots.empty() && !outcome.attachment.empty()) {
      MLA_CHECK(base::write_file_atomic(fs::path(options_.plots) / track.plot, outcome.attachment));
    }
    json::object object{{"file", track.path.string()}};
    object["file_bytes"] = track.stamp.bytes;
    object["file_modified_ns"] = track.stamp.modified_ns;
    if (outcome.error) object["error"] = {{"code", outcome.error->code}, {"message", outcome.error->message}};
    if (!outcome.error && left_out(options_, analysis::Part::kGenreMood)) {
      analysis::leave_tags_out(outcome.analysis);
    } else if (!outcome.error && tagger_ != nullptr) {
      analysis::add_tags(*tagger_, outcome.excerpts, outcome.analysis);
    }
    for (auto& entry : outcome.analysis) object[entry.key()] = std::move(entry.value());
    const std::string line = base::to_json_text(object);
    if (journal_) MLA_CHECK(journal_->write(line));
    if (options_.json && journal_) return {};
    waiting_[order] = options_.json ? line + "\n" : analysis::summary(object);
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == printed_;) {
      std::fwrite(first->second.data(), 1, first->second.size(), stdout);
      first = waiting_.erase(first);
      ++printed_;
    }
    std::fflush(stdout);
    return {};
  }

  bool failed() const { return failed_; }

 private:
  const AnalyzeOptions& options_;
  const tagging::Tagger* tagger_;
  std::optional<analysis::Journal>& journal_;
  std::map<std::size_t, std::string> waiting_;
  std::size_t printed_ = 0;
  bool failed_ = false;
};

// What to analyse: all that is listed, but for what the journal holds already; `failed` is set if any of that failed.
// Plots are called song.mp3.svg; a second song.mp3, of another folder, song.mp3-2.svg, whatever was done before.
std::vector<Track> tracks_to_do(const std::vector<fs::path>& listed, const analysis::Journal* done, bool& failed) {
  std::vector<Track> tracks;
  std::map<std::string, int> names;
  for (const fs::path& path : listed) {
    const std::string name = path.filename().string();
    const int number = ++names[name];
    const analysis::FileStamp stamp = analysis::stamp_of(path);
    bool failed_then = false;
    if (done != nullptr && done->has(path.string(), stamp, failed_then)) {
      failed = failed || failed_then;
      continue;
    }
    tracks.push_back({path, stamp, number == 1 ? name + ".svg" : fmt::format("{}-{}.svg", name, number)});
  }
  return tracks;
}

}  // namespace

int run(const AnalyzeOptions& options) {
  const auto configured = configure(options.common);
  if (!configured.ok()) return fail(configured.error());
  const auto tagger = engine::find_tagger(options.model, configured->settings.models.path);
  if (!tagger.ok()) return fail(tagger.error());
  auto listed = analysis::list_audio_files(options.paths);
  if (!listed.ok()) return fail(listed.error());
  if (listed->empty()) return fail({base::ErrorCode::kNotFound, "no audio files there: " + options.paths.front()});
  std::optional<analysis::Journal> journal;
  if (!options.output.empty()) {
    auto opened = analysis::Journal::open(options.output, options.resume);
    if (!opened.ok()) return fail(opened.error());
    journal.emplace(std::move(opened).value());
  }
  if (!options.plots.empty()) {
    std::error_code error;
    fs::create_directories(options.plots, error);
    if (error) return fail(base::system_error(error.value(), "make folder", options.plots));
  }

  bool failed = false;
  const std::vector<Track> tracks = tracks_to_do(*listed, options.resume ? &*journal : nullptr, failed);
  std::vector<fs::path> files;
  for (const Track& track : tracks) files.push_back(track.path);
  analysis::BatchOptions batch;
  batch.jobs = options.jobs > 0 ? options.jobs : static_cast<int>(std::thread::hardware_concurrency());
  batch.wanted.plot = !options.plots.empty();
  for (const std::string& name : options.without) batch.wanted.leave_out(*analysis::find_part(name));
  batch.worker.seconds = options.time_limit;
  const auto progress = base::make_terminal_progress();
  if (files.size() > 1) progress->begin("analyze: files", files.size());
  Sink sink(options, *tagger ? &(*tagger)->tagger : nullptr, journal);
  base::Status written;
  const auto done = [&](std::size_t index, analysis::Outcome outcome) {
    written = sink.take(index, tracks[index], std::move(outcome));
    return written.ok();
  };
  const base::Status ran = analysis::analyze_files(files, batch, *progress, stop_flag(), done);
  progress->end();
  if (!written.ok()) return fail(written.error());
  if (!ran.ok() && ran.error().code == base::ErrorCode::kCancelled && journal) {
    return fail({base::ErrorCode::kCancelled, "cancelled; --resume goes on with " + options.output});
  }
  if (!ran.ok()) return fail(ran.error());
  if (journal) {
    if (const base::Status synced = journal->sync(); !synced.ok()) return fail(synced.error());
  }
  return failed || sink.failed() ? kWorkFailed : kDone;
}

}  // namespace mla::apps
