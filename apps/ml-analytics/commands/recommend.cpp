#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/playlist.h"
#include "apps/ml-analytics/program.h"
#include "apps/ml-analytics/show.h"
#include "foundation/base/file.h"
#include "front/engine/library_sound.h"
#include "front/http/dto.h"
#include "knowledge/catalog/context_words.h"
#include "learning/models/algorithms.h"
#include "operations/pipelines/library/sound_analysis.h"
#include "serving/analysis/batch.h"

namespace mla::apps {
namespace {

int print(const base::Result<recommend::Answer>& answer, std::string_view title, bool as_json) {
  if (!answer.ok()) return fail(answer.error());
  if (as_json) {
    fmt::print("{}\n", http::to_json_text(*answer, ""));
  } else {
    fmt::print("{} (model {})\n{}", title, answer->model, to_text(*answer));
  }
  return kDone;
}

// The answer as a playlist, if one was asked for.
base::Status write_output(const std::string& path, const std::string& title,
                          const base::Result<recommend::Answer>& answer, const engine::Engine& engine) {
  if (path.empty() || !answer.ok()) return {};
  std::vector<catalog::Item> items;
  for (const recommend::Recommendation& one : answer->recommendations) {
    MLA_ASSIGN(std::optional<catalog::Item> item, engine.track(one.track_id));
    if (item) items.push_back(std::move(*item));
  }
  const bool m3u8 = path.ends_with(".m3u8");
  MLA_CHECK(base::write_file_atomic(path, m3u8 ? to_m3u8(title, items) : to_jspf(title, items)));
  const auto files = std::count_if(items.begin(), items.end(), [](const auto& item) { return !item.path.empty(); });
  const auto left_out = m3u8 ? std::ssize(items) - files : 0;
  if (left_out > 0) {
    fmt::print(stderr, "note: {} of {} items have no file and are not in '{}'; a .jspf lists them by title\n", left_out,
               items.size(), path);
  }
  return {};
}

base::Status read_context(const RecommendOptions& options, recommend::Context& context) {
  const auto unknown = [](std::string_view option, std::string_view word, std::string_view known) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("{} '{}' is not one of {}", option, word, known)};
  };
  if (!options.time_of_day.empty()) {
    context.time_of_day = catalog::normalise_time_of_day(options.time_of_day);
    if (!context.time_of_day) {
      return unknown("--time-of-day", options.time_of_day, "morning, noon, afternoon, evening, night");
    }
  }
  if (!options.day_of_week.empty()) {
    context.day_of_week = catalog::normalise_day_of_week(options.day_of_week);
    if (!context.day_of_week) {
      return unknown("--day-of-week", options.day_of_week, "monday to sunday, weekday, weekend");
    }
  }
  if (!options.mood.empty()) context.user_mood = catalog::normalise_mood(options.mood);
  return {};
}

// A path as it lies in the catalogue, if this is a file that the catalogue does not know by the name given.
base::Result<std::string> as_known(const std::string& reference, const catalog::Catalog& catalog) {
  MLA_ASSIGN(const auto id, catalog.resolve(reference));
  std::error_code error;
  if (id || !std::filesystem::exists(reference, error)) return reference;
  const std::filesystem::path whole = std::filesystem::canonical(reference, error);
  return error ? reference : whole.string();
}

base::Result<std::vector<std::string>> as_known(const std::vector<std::string>& references,
                                                const catalog::Catalog& catalog) {
  std::vector<std::string> known;
  for (const std::string& reference : references) {
    MLA_ASSIGN(std::string one, as_known(reference, catalog));
    known.push_back(std::move(one));
  }
  return known;
}

// What a file outside the library sounds like, from an analysis that nobody keeps.
base::Result<audio::TrackVector> hear(const std::string& path) {
  analysis::BatchOptions batch;
  for (const analysis::PartName& part : analysis::kPartNames) batch.wanted.leave_out(part.part);
  const auto progress = base::make_terminal_progress();
  pipelines::TrackSound sound;
  MLA_CHECK(analysis::analyze_files({path}, batch, *progress, stop_flag(), [&](std::size_t, analysis::Outcome outcome) {
    if (outcome.error) {
      sound.problem = outcome.error->message;
    } else {
      sound = pipelines::to_sound(outcome.analysis);
    }
    return true;
  }));
  if (sound.vector) return *sound.vector;
  return base::Error{base::ErrorCode::kCorrupt, sound.problem.empty()
                                                    ? fmt::format("'{}' is silent: nothing sounds like it", path)
                                                    : sound.problem};
}

base::Result<recommend::Answer> similar(const SimilarOptions& options, Program& program) {
  const catalog::Catalog& catalog = program.engine().catalog();
  const int per_artist = program.settings().recommendations.items_per_artist;
  engine::SimilarRequest request;
  MLA_ASSIGN(request.tracks, as_known(options.tracks, catalog));
  MLA_ASSIGN(request.less_like, as_known(options.less_like, catalog));
  const std::string& track = request.tracks.front();
  if (!options.to.empty()) {
    MLA_ASSIGN(const std::string to, as_known(options.to, catalog));
    return engine::path_of_sound(catalog, track, to, options.limit, per_artist);
  }
  const bool alone = request.tracks.size() == 1 && request.less_like.empty();
  for (const auto* names : {&request.tracks, &request.less_like}) {
    for (const std::string& name : *names) {
      std::error_code error;
      MLA_ASSIGN(const auto id, catalog.resolve(name));
      if (id || !std::filesystem::is_regular_file(name, error)) continue;
      if (!alone) {
        return base::Error{base::ErrorCode::kInvalidArgument,
                           fmt::format("'{}' is not in the library: such a file is a --track by itself; import its "
                                       "folder to mix it with others",
                                       name)};
      }
      MLA_ASSIGN(const audio::TrackVector vector, hear(name));
      const std::string file = std::filesystem::path(options.tracks.front()).filename().string();
      return engine::sounds_like(catalog, vector, file, options.limit, per_artist, options.clean);
    }
  }
  request.limit = options.limit;
  request.owned_only = options.owned_only;
  request.clean = options.clean;
  return program.engine().similar(request);
}

}  // namespace

int run(const RecommendOptions& options) {
  recommend::Request request;
  if (const auto words = read_context(options, request.context); !words.ok()) return refuse(words.error());
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  if (const auto known = models::find_algorithm(options.algorithm); !known.ok()) {
    const bool misspelt = known.error().code == base::ErrorCode::kInvalidArgument;
    return misspelt ? refuse(known.error()) : fail(known.error());
  }
  request.user = base::UserId(options.user);
  request.algorithm = options.algorithm;
  const auto references = as_known(options.references, (*program)->engine().catalog());
  if (!references.ok()) return fail(references.error());
  const auto less_like = as_known(options.less_like, (*program)->engine().catalog());
  if (!less_like.ok()) return fail(less_like.error());
  request.reference_tracks = *references;
  request.less_like = *less_like;
  request.clean = options.clean;
  request.remember_shown = !options.ignore_shown;
  request.context.listening_history = !options.ignore_history;
  request.limit = options.limit;
  if (options.mode == "familiar") request.mode = recommend::Mode::kFamiliar;
  if (options.mode == "discover") request.mode = recommend::Mode::kDiscover;
  request.owned_only = options.owned_only;
  request.knobs.diversity_factor = options.diversity.value_or(request.knobs.diversity_factor);
  request.knobs.novelty_factor = options.novelty.value_or(request.knobs.novelty_factor);
  request.knobs.popularity_bias = options.popularity.value_or(request.knobs.popularity_bias);
  request.knobs.temporal_decay = options.decay.value_or(request.knobs.temporal_decay);
  const std::string title =
      options.user.empty() ? "Recommendations" : fmt::format("Recommendations for {}", options.user);
  const auto answer = (*program)->engine().recommend(request);
  if (const auto written = write_output(options.output, title, answer, (*program)->engine()); !written.ok()) {
    return fail(written.error());
  }
  return print(answer, title, options.json);
}

int run(const SimilarOptions& options) {
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  const std::string title = options.to.empty() ? fmt::format("Similar to {}", fmt::join(options.tracks, ", "))
                                               : fmt::format("From {} to {}", options.tracks.front(), options.to);
  const auto answer = similar(options, **program);
  if (const auto written = write_output(options.output, title, answer, (*program)->engine()); !written.ok()) {
    return fail(written.error());
  }
  return print(answer, title, options.json);
}

}  // namespace mla::apps
