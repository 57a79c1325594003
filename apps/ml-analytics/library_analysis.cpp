#include "apps/ml-analytics/library_analysis.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "front/engine/tagger.h"
#include "operations/pipelines/library/sound_analysis.h"

namespace mla::apps {
namespace {

constexpr std::size_t kShownProblems = 5;

base::Result<pipelines::SoundReport> analyse(const std::string& folder, Program& program, base::Work& work) {
  const config::Settings& settings = program.settings();
  MLA_ASSIGN(const std::optional<engine::FoundTagger> found, engine::find_tagger({}, settings.models.path));
  pipelines::NamedTagger tagger;
  if (found) tagger = {&found->tagger, found->identity};
  MLA_ASSIGN(pipelines::LibrarySounds sounds, pipelines::LibrarySounds::open(program.engine().catalog().database()));
  MLA_ASSIGN(pipelines::Analyses archive, pipelines::Analyses::open(program.engine().catalog().database()));
  pipelines::SoundOptions options;
  if (settings.archive.analyses) options.archive = &archive;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  options.jobs = settings.performance.threads > 0 ? settings.performance.threads : std::max(cores, 1);
  return pipelines::analyse_library(sounds, std::filesystem::canonical(folder).string(), tagger, options, work);
}

}  // namespace

int analyse_folder(const std::string& folder, bool json, Program& program, base::Work& work) {
  const auto report = analyse(folder, program, work);
  work.progress.end();
  if (!report.ok()) {
    const bool stopped = report.error().code == base::ErrorCode::kCancelled;
    return fail(stopped ? base::Error{base::ErrorCode::kCancelled,
                                      "stopped; what was analysed is stored, the same "
                                      "command goes on with the rest"}
                        : report.error());
  }
  if (json) {
    fmt::print("{}\n", base::to_json_text(boost::json::object{
                           {"path", folder},
                           {"analyzed", report->analysed},
                           {"changed", report->changed},
                           {"problems", boost::json::array(report->problems.begin(), report->problems.end())}}));
  } else {
    const std::size_t shown = std::min(report->problems.size(), kShownProblems);
    for (std::size_t i = 0; i < shown; ++i) fmt::print("note: {}\n", report->problems[i]);
    if (report->problems.size() > shown) fmt::print("note: and {} more\n", report->problems.size() - shown);
    fmt::print("{}: {} files analysed{}\n", folder, report->analysed,
               report->changed > 0 ? fmt::format(", {} changed meanwhile: run it again", report->changed) : "");
  }
  std::fflush(stdout);
  return kDone;
}

}  // namespace mla::apps
