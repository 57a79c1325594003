#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "knowledge/audio/fingerprint/identify.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/listing.h"
#include "serving/analysis/print.h"

namespace mla::apps {
namespace {

namespace json = boost::json;

// The answers for a print: of its first stretch that has any.
std::vector<audio::Identification> identify(audio::Identifier& identifier, const analysis::QueryPrint& print,
                                            const FingerprintIdentifyOptions& options) {
  for (const audio::QueryStretch& stretch : print.stretches) {
    auto found = identifier.identify(stretch.peaks, options.min_score, static_cast<std::size_t>(options.limit));
    // Places are those where the whole file would begin.
    for (audio::Identification& one : found) {
      one.offset -= stretch.begin * audio::SpectralPeaks::kFrameSeconds * one.speed;
    }
    if (!found.empty()) return found;
  }
  return {};
}

json::object to_json(const audio::LandmarkIndex& index, const std::vector<audio::Identification>& found) {
  json::array matches;
  for (const audio::Identification& one : found) {
    matches.push_back({{"file", std::string(index.recording(one.recording).file)},
                       {"score", one.score},
                       {"offset", std::round(one.offset * 100) / 100},
                       {"speed", one.speed}});
  }
  return {{"matches", std::move(matches)}};
}

std::string to_text(const json::object& line) {
  const std::string file(line.at("file").as_string());
  if (const auto* error = line.if_contains("error")) {
    return fmt::format("{}\n  error     {}\n", file, std::string_view(error->at("message").as_string()));
  }
  const json::array& matches = line.at("matches").as_array();
  if (matches.empty()) return fmt::format("{}\n  not in the index\n", file);
  std::string text = file + "\n";
  for (const json::value& match : matches) {
    const double offset = match.at("offset").as_double();
    const double speed = match.at("speed").as_double();
    text += fmt::format("  {}  at {}{}:{:02}, score {}", std::string_view(match.at("file").as_string()),
                        offset < 0 ? "-" : "", static_cast<int>(std::abs(offset)) / 60,
                        static_cast<int>(std::abs(offset)) % 60, match.at("score").as_int64());
    if (speed != 1) text += fmt::format(", {:+.1f} % speed", 100 * (speed - 1));
    text += "\n";
  }
  return text;
}

}  // namespace

int run(const FingerprintIdentifyOptions& options) {
  if (const auto configured = configure(options.common); !configured.ok()) return fail(configured.error());
  const auto index = audio::LandmarkIndex::open(options.index);
  if (!index.ok()) return fail(index.error());
  const auto files = analysis::list_audio_files(options.paths);
  if (!files.ok()) return fail(files.error());
  if (files->empty()) return fail({base::ErrorCode::kNotFound, "no audio files there: " + options.paths.front()});

  audio::Identifier identifier(*index);
  std::map<std::size_t, std::string> waiting;  // output in the order of the files
  std::size_t printed = 0;
  bool failed = false;
  const auto done = [&](std::size_t number, analysis::Outcome outcome) {
    if (!outcome.error) {
      const auto print = analysis::read_query_print(outcome.attachment);
      if (print.ok()) {
        outcome.analysis = to_json(*index, identify(identifier, *print, options));
      } else {
        outcome.error = {"crashed", (*files)[number].string() + ": the decoder answered with garbage"};
      }
    }
    json::object line{{"file", (*files)[number].string()}};
    if (outcome.error) line["error"] = {{"code", outcome.error->code}, {"message", outcome.error->message}};
    if (!outcome.error) line["matches"] = std::move(outcome.analysis["matches"]);
    failed = failed || outcome.error.has_value();
    waiting[number] = options.json ? base::to_json_text(line) + "\n" : to_text(line);
    for (auto first = waiting.begin(); first != waiting.end() && first->first == printed;) {
      std::fwrite(first->second.data(), 1, first->second.size(), stdout);
      first = waiting.erase(first);
      ++printed;
    }
    std::fflush(stdout);
    return true;
  };
  analysis::BatchOptions batch;
  batch.jobs = options.jobs > 0 ? options.jobs : static_cast<int>(std::thread::hardware_concurrency());
  batch.wanted.task = analysis::Task::kQueryPrint;
  batch.worker.seconds = options.time_limit;
  const auto progress = base::make_terminal_progress();
  if (files->size() > 1) progress->begin("identify: files", files->size());
  const base::Status ran = analysis::analyze_files(*files, batch, *progress, stop_flag(), done);
  progress->end();
  if (!ran.ok()) return fail(ran.error());
  return failed ? kWorkFailed : kDone;
}

}  // namespace mla::apps
