#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "apps/ml-analytics/show.h"
#include "foundation/base/json.h"
#include "front/http/dto.h"
#include "learning/models/algorithms.h"

namespace mla::apps {
namespace {

int print(const base::Result<recommend::Answer>& answer, std::string_view title, bool as_json) {
  if (!answer.ok()) return fail(answer.error());
  if (as_json) {
    fmt::print("{}\n", base::to_json_text(http::to_json(*answer, "")));
  } else {
    fmt::print("{} (model {})\n{}", title, answer->model, to_text(*answer));
  }
  return kDone;
}

}  // namespace

int run(const RecommendOptions& options) {
  if (const auto known = models::find_algorithm(options.algorithm); !known.ok()) {
    const bool misspelt = known.error().code == base::ErrorCode::kInvalidArgument;
    return misspelt ? refuse(known.error()) : fail(known.error());
  }
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  recommend::Request request;
  request.user = base::UserId(options.user);
  request.algorithm = options.algorithm;
  request.reference_tracks = options.references;
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
  return print((*program)->engine().recommend(request), title, options.json);
}

int run(const SimilarOptions& options) {
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  return print((*program)->engine().similar(options.track, options.limit), fmt::format("Similar to {}", options.track),
               options.json);
}

}  // namespace mla::apps
