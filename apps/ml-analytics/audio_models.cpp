#include "apps/ml-analytics/audio_models.h"

#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "serving/analysis/batch.h"

namespace mla::apps {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kShownProblems = 5;

}  // namespace

base::Result<Heard> hear(const tagging::Labels& labels, int jobs, base::Work& work) {
  std::vector<fs::path> files;
  for (const tagging::LabelledTrack& track : labels.tracks) files.push_back(track.path);
  Heard heard{std::vector<audio::ExcerptVectors>(files.size()), std::vector<std::string>(files.size())};
  analysis::BatchOptions options;
  options.jobs = jobs > 0 ? jobs : static_cast<int>(std::thread::hardware_concurrency());
  options.wanted.leave_out(analysis::Part::kQuality);
  options.wanted.leave_out(analysis::Part::kFingerprint);
  work.progress.begin("audio: hearing files", files.size());
  MLA_CHECK(analysis::analyze_files(files, options, work.progress, work.cancel,
                                    [&](std::size_t index, analysis::Outcome outcome) {
                                      if (outcome.error) {
                                        heard.problems[index] = outcome.error->message;
                                      } else if (outcome.excerpts.count == 0) {
                                        heard.problems[index] = files[index].string() + ": silent, or shorter than 3 s";
                                      }
                                      heard.excerpts[index] = std::move(outcome.excerpts);
                                      return true;
                                    }));
  return heard;
}

base::Status check_heard(const tagging::Labels& labels, const Heard& heard) {
  std::size_t count = 0;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < heard.problems.size(); ++i) {
    if (heard.problems[i].empty()) continue;
    if (++count <= kShownProblems)
      shown.push_back(fmt::format("line {}: {}", labels.tracks[i].line, heard.problems[i]));
  }
  if (count == 0) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("{}: {} of {} tracks cannot be used; mend them or leave them out: {}{}",
                           labels.source.string(), count, labels.tracks.size(), fmt::join(shown, "; "),
                           count > shown.size() ? fmt::format("; and {} more", count - shown.size()) : "")};
}

}  // namespace mla::apps
