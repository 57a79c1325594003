#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/commands/audio_model.h"
#include "apps/ml-analytics/program.h"
#include "learning/models/algorithms.h"
#include "learning/plugins/plugins.h"
#include "learning/training/auto/selection.h"
#include "learning/training/evaluation.h"
#include "learning/training/evaluation_report.h"
#include "learning/training/parameters_json.h"
#include "learning/training/sources.h"

namespace mla::apps {
namespace {

constexpr std::string_view kAuto = "auto";
constexpr int kDefaultAt = 20;
constexpr int kDefaultAtLeaveOneOut = 10;

// Everything that can be wrong with the words, before any data is read.
base::Status check_words(const std::vector<std::string>& algorithms, const training::ParameterMap& parameters) {
  for (const std::string& name : algorithms) {
    if (name == kAuto) {
      if (parameters.empty()) continue;
      return base::Error{base::ErrorCode::kInvalidArgument, "auto finds the parameters: leave --params out"};
    }
    MLA_CHECK(models::find_algorithm(name));
    MLA_CHECK(models::make_recommender(name, parameters));
  }
  return {};
}

base::Result<std::vector<training::Evaluation>> evaluate_all(const EvaluateOptions& options,
                                                             const std::vector<std::string>& algorithms,
                                                             const training::ParameterMap& parameters,
                                                             training::Protocol protocol, base::Work& work) {
  const bool leave_one_out = protocol == training::Protocol::kLeaveOneOut;
  MLA_ASSIGN(const training::Examination data, leave_one_out
                                                   ? training::load_leave_one_out(options.data, work)
                                                   : training::load_holdout(options.train, options.test, work));
  training::EvaluationOptions how;
  how.at = options.at != 0 ? options.at : leave_one_out ? kDefaultAtLeaveOneOut : kDefaultAt;
  how.intervals = options.intervals;
  how.calibration = options.calibration;
  how.leave_one_out = leave_one_out;
  std::vector<training::Evaluation> evaluations;
  for (const std::string& name : algorithms) {
    training::Selection chosen;
    chosen.algorithm = name;
    chosen.parameters = parameters;
    if (name == kAuto) {
      training::SelectionOptions search = selection_options(options.automatic);
      search.protocol = protocol;
      search.at = how.at;
      MLA_ASSIGN(chosen, training::select_model(data.train, search, work));
      if (!options.json) fmt::print("{}\n", training::to_table(chosen));
    }
    MLA_ASSIGN(training::Evaluation evaluation,
               training::evaluate(data.train.data, data.test.view(), chosen.algorithm, chosen.parameters, how, work));
    if (name == kAuto) evaluation.selection = training::to_object(chosen);
    evaluations.push_back(std::move(evaluation));
  }
  return evaluations;
}

}  // namespace

int run(const EvaluateOptions& options) {
  if (options.model_type == "audio") return evaluate_audio_model(options);
  const auto configuration = configure(options.common);
  if (!configuration.ok()) return fail(configuration.error());
  if (const base::Status known = plugins::register_plugins(configuration->settings.plugins); !known.ok())
    return fail(known.error());
  const auto parameters = training::parse_parameters(options.parameters);
  if (!parameters.ok()) return refuse(parameters.error());
  const std::vector<std::string> algorithms = models::split_names(options.algorithm);
  if (const base::Status words = check_words(algorithms, *parameters); !words.ok()) {
    const bool off = words.error().code == base::ErrorCode::kInvalidArgument;
    return off ? refuse(words.error()) : fail(words.error());
  }
  base::ThreadPool pool(options.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  const auto protocol =
      options.protocol == "leave-one-out" ? training::Protocol::kLeaveOneOut : training::Protocol::kHoldout;
  const auto evaluations = evaluate_all(options, algorithms, *parameters, protocol, work);
  progress->end();
  if (!evaluations.ok()) return fail(evaluations.error());
  if (!options.json) {
    fmt::print("{}", training::to_table(*evaluations, protocol, work));
  } else if (evaluations->size() == 1) {
    fmt::print("{}\n", training::to_json(evaluations->front(), protocol));
  } else {
    fmt::print("{}\n", training::to_json(*evaluations, protocol, work));
  }
  return kDone;
}

}  // namespace mla::apps
