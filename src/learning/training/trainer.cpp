#include "learning/training/trainer.h"

#include <algorithm>

#include <fmt/format.h>

#include "learning/models/hybrid/hybrid.h"
#include "learning/training/context/context_learning.h"
#include "learning/training/sessions.h"
#include "learning/training/split.h"

namespace mla::training {
namespace {

constexpr std::size_t kCalibrationDepth = 200;
constexpr std::size_t kCalibrationListeners = 4000;
constexpr int kReportedAt = 20;
// Of a large catalogue not every listener is ranked to report how good a model is: so many scores, at 256 factors a
// minute of one core, and from so many listeners, whose mean is known within some .005.
constexpr std::size_t kMostScores = 2'000'000'000;
constexpr std::size_t kFewestJudged = 2000;

std::size_t listeners_judged(std::int32_t items) {
  return std::max(kMostScores / std::max<std::size_t>(static_cast<std::size_t>(items), 1), kFewestJudged);
}

// Learns the calibration from every second listener and judges it on the others; then learns it from all.
base::Status calibrate(const models::Recommender& model, const Validation& validation, base::Work& work,
                       TrainedModel& result) {
  MLA_ASSIGN(
      auto outcomes,
      collect_outcomes(model, validation.split.rest, validation.split.held.view(), validation.timed, kCalibrationDepth,
                       std::min(kCalibrationListeners, listeners_judged(validation.split.rest.items())), work));
  const std::span<const std::vector<Outcome>> all(outcomes);
  const std::size_t half = all.size() / 2;
  if (half > 0) {
    const double error = calibration_error(fit_calibration(all.first(half)), all.subspan(half), kReportedAt);
    result.metrics["calibration_error"] = error;
    result.lines.push_back(
        fmt::format("confidence: calibration error {:.4f} over the first {} places of {} listeners "
                    "it was not learnt from",
                    error, kReportedAt, all.size() - half));
  }
  result.calibration = fit_calibration(all);
  return {};
}

// What a hybrid is made of where sessions stand for listeners, and where nothing was played, unless its parts are
// named.
constexpr const char* kAloneParts = "item_knn,content";
constexpr const char* kSilentParts = "content";

// The given parameters that the parts declare, and the parts.
ParameterMap parameters_of_parts(const ParameterMap& given, const char* parts) {
  ParameterMap taken = {{"parts", std::string(parts)}};
  for (const auto& [name, value] : given) {
    ParameterMap one = taken;
    one[name] = value;
    if (models::make_recommender("hybrid", one).ok()) taken = std::move(one);
  }
  return taken;
}

bool learns_alone(const Dataset& dataset, const models::Algorithm& algorithm, const ParameterMap& given) {
  return dataset.data.users() < kFewListeners && algorithm.name == "hybrid" && !given.contains("parts");
}

// Tags, artists and sound say something before anybody has played anything.
bool learns_from_items(const Dataset& dataset, const models::Algorithm& algorithm, const ParameterMap& given) {
  const models::TrainingData& data = dataset.data;
  const bool described = !data.item_tags.columns.empty() || data.item_sounds.rows() > 0 ||
                         std::any_of(data.item_artists.begin(), data.item_artists.end(), [](int a) { return a >= 0; });
  return described && (algorithm.name == "content" || (algorithm.name == "hybrid" && !given.contains("parts")));
}

// 1. to 3. of `train`.
base::Result<TrainedModel> train_on(const Dataset& dataset, const models::Algorithm& entry, const ParameterMap& given,
                                    base::Work& work) {
  TrainedModel result;
  result.algorithm = entry.name;
  MLA_ASSIGN(result.parameters, models::make_parameters(entry, given));
  result.model = entry.make(result.parameters);
  if (entry.name == "hybrid") result.lines = models::hybrid_warnings(given);

  const Validation validation = make_validation(dataset, work.seed);
  if (validation.split.held.columns.empty()) {
    result.lines.emplace_back("no listener has two items: nothing could be held out, confidence is unknown");
  } else {
    MLA_CHECK(result.model->fit(validation.split.rest, work));
    MLA_CHECK(calibrate(*result.model, validation, work, result));
    const EvaluationOptions options{.at = kReportedAt, .most_users = listeners_judged(dataset.data.items())};
    MLA_ASSIGN(const Evaluation judged,
               evaluate_fitted(*result.model, validation.split.rest, validation.split.held.view(), options, work));
    for (const auto& [name, value] : judged.metrics) result.metrics[fmt::format("{}@{}", name, kReportedAt)] = value;
    result.lines.push_back(fmt::format("validation on {} of {} listeners: ndcg@{} {:.4f}, recall@{} {:.4f}",
                                       validation.timed ? fmt::format("the last {} days", kValidationDays)
                                                        : fmt::format("{:.0f} % of the items", 100 * kValidationShare),
                                       judged.users, kReportedAt, judged.metric("ndcg"), kReportedAt,
                                       judged.metric("recall")));
    for (std::string& line : result.model->report()) result.lines.push_back(std::move(line));
    MLA_ASSIGN(const OccasionTrial trial, try_occasions(*result.model, result.calibration, dataset, validation, work));
    if (!dataset.listens.empty()) result.lines.push_back(to_line(trial));
    MLA_ASSIGN(result.context.occasions, fit_occasions(trial, dataset, work));
  }

  const double start = base::monotonic_seconds();
  MLA_CHECK(validation.split.held.columns.empty() ? result.model->fit(dataset.data, work)
                                                  : result.model->refit(dataset.data, work));
  result.fit_seconds = base::monotonic_seconds() - start;
  return result;
}

}  // namespace

std::vector<float> popularity_of(const models::TrainingData& data) {
  std::vector<float> shares(static_cast<std::size_t>(data.items()), 0.0F);
  for (const std::int32_t item : data.interactions.columns) ++shares[item];
  for (float& share : shares) share /= static_cast<float>(std::max(data.users(), 1));
  return shares;
}

base::Result<TrainedModel> train(Dataset dataset, std::string_view algorithm, const ParameterMap& given,
                                 base::Work& work) {
  MLA_ASSIGN(const models::Algorithm* entry, models::find_algorithm(algorithm));
  MLA_CHECK(models::make_parameters(*entry, given));
  const bool silent = dataset.data.interactions.columns.empty();
  if (silent && !learns_from_items(dataset, *entry, given)) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       "there is nothing to learn from: no listener has played or liked an item; import events first"};
  }
  TrainedModel result;
  if (silent) {
    const ParameterMap parameters = entry->name == "hybrid" ? parameters_of_parts(given, kSilentParts) : given;
    MLA_ASSIGN(result, train_on(dataset, *entry, parameters, work));
    result.learnt_alone = true;
    result.lines.insert(result.lines.begin(),
                        "nobody has played anything yet: learnt from tags, artists and sound alone");
  } else if (learns_alone(dataset, *entry, given)) {
    const ParameterMap parameters = parameters_of_parts(given, kAloneParts);
    const Dataset sessions = sessions_as_users(dataset);
    MLA_ASSIGN(result, train_on(sessions, *entry, parameters, work));
    result.learnt_alone = true;
    result.lines.insert(result.lines.begin(),
                        fmt::format("too few listeners to learn from each other ({}): {} sessions, tags, artists and "
                                    "sound take their place",
                                    dataset.data.users(), sessions.data.users()));
    if (parameters.size() != given.size() + 1) {
      result.lines.emplace_back("warning: parameters of parts that learn from many listeners are unused");
    }
  } else {
    MLA_ASSIGN(result, train_on(dataset, *entry, given, work));
  }
  result.context.moods = fit_moods(dataset.moods, dataset.data.item_tags.view(), dataset.data.tag_names);
  result.context.sound_moods = fit_sound_moods(dataset.sound_moods);
  result.item_popularity = popularity_of(dataset.data);
  result.dataset = std::move(dataset);
  return result;
}

}  // namespace mla::training
