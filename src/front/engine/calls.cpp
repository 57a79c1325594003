// What the engine does by and by, and what it has a process do.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "front/engine/engine.h"
#include "front/engine/impl/archive.h"
#include "front/engine/impl/state.h"
#include "front/engine/tagger.h"
#include "front/engine/version.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/file_kind.h"
#include "serving/analysis/tags_json.h"

namespace mla::engine {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// `code` is a name of ErrorCode, "timed_out" or "crashed".
Error error_of(const analysis::FileError& failed) {
  if (failed.code == "timed_out") return {ErrorCode::kTooLarge, failed.message};
  if (failed.code == "crashed") return {ErrorCode::kCorrupt, failed.message};
  for (int code = 0; code < static_cast<int>(ErrorCode::kInternal); ++code) {
    if (base::to_string(static_cast<ErrorCode>(code)) == failed.code)
      return {static_cast<ErrorCode>(code), failed.message};
  }
  return {ErrorCode::kInternal, failed.message};
}

}  // namespace

ModuleInfo Engine::module_info() { return {"ml-analytics", std::string(kVersion), "ML Analytics"}; }

Result<boost::json::object> Engine::analyze_audio(const AudioRequest& request, const base::CancelFlag& cancel) const {
  MLA_ASSIGN(const std::optional<FoundTagger> found, find_tagger({}, state_->settings.models.path));
  analysis::Wanted wanted;
  for (const analysis::Part part : request.without) wanted.leave_out(part);
  analysis::Outcome outcome;
  base::SilentProgress progress;
  const auto keep = [&outcome](std::size_t, analysis::Outcome one) {
    outcome = std::move(one);
    return true;
  };
  MLA_CHECK(analysis::analyze_files({request.file}, {.jobs = 1, .wanted = wanted, .worker = request.worker}, progress,
                                    cancel, keep));
  const std::string path = request.file.string();
  const std::string name = request.name.empty() ? path : request.name;
  if (outcome.error) {
    Error error = error_of(*outcome.error);
    // The worker may have named the file as it knows it.
    if (error.message.starts_with(path + ": ")) error.message.erase(0, path.size() + 2);
    return base::with_context(std::move(error), name);
  }
  outcome.analysis["file"] = name;
  const std::string_view codec = outcome.analysis.at("codec").as_string();
  if (request.check_kind && !analysis::is_codec_of(codec, analysis::extension_of(request.file.string()))) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: the extension does not fit what is in it, which is {}", name, codec)};
  }
  if (found && wanted.has(analysis::Part::kGenreMood)) {
    analysis::add_tags(found->tagger, outcome.excerpts, outcome.analysis);
  } else {
    analysis::leave_tags_out(outcome.analysis);
  }
  if (state_->settings.archive.analyses && request.without.empty())
    keep_analysis(state_->catalog.database(), request.file, outcome.analysis, state_->clock.now());
  return std::move(outcome.analysis);
}

std::future<Result<recommend::Answer>> Engine::recommend_async(recommend::Request request, CancelHandle cancel) const {
  return state_->calls.start<recommend::Answer>(
      std::move(cancel), [this, request = std::move(request)](const base::CancelFlag&) { return recommend(request); });
}

std::future<Result<boost::json::object>> Engine::analyze_audio_async(AudioRequest request, CancelHandle cancel) const {
  return state_->calls.start<boost::json::object>(
      std::move(cancel),
      [this, request = std::move(request)](const base::CancelFlag& flag) { return analyze_audio(request, flag); });
}

}  // namespace mla::engine
