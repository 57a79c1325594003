#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "learning/training/context/context_learning.h"
#include "learning/training/model_bundle.h"
#include "learning/training/parameters_json.h"
#include "learning/training/sessions.h"
#include "learning/training/trainer.h"

namespace mla::training {
namespace {

// Of each item its index in the bundle, -1 if it is new.
std::vector<std::int32_t> old_items(const Dataset& dataset, const Bundle& bundle) {
  std::vector<std::int32_t> old;
  old.reserve(dataset.item_ids.size());
  for (const std::string& id : dataset.item_ids) old.push_back(bundle.find_item(id).value_or(-1));
  return old;
}

}  // namespace

base::Result<TrainedModel> update(Dataset dataset, Bundle& bundle, base::Work& work) {
  if (dataset.data.interactions.columns.empty()) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       "there is nothing to learn from: no listener has played or liked an item; import events first"};
  }
  MLA_ASSIGN(const models::Algorithm* entry, models::find_algorithm(bundle.algorithm));
  MLA_ASSIGN(const boost::json::value parameters, bundle.reader.attribute("parameters"));
  MLA_ASSIGN(const ParameterMap given, parse_parameters(base::to_json_text(parameters)));
  TrainedModel result;
  result.algorithm = bundle.algorithm;
  MLA_ASSIGN(result.parameters, models::make_parameters(*entry, given));
  const std::vector<std::int32_t> old = old_items(dataset, bundle);
  const auto added = std::count(old.begin(), old.end(), -1);

  const double start = base::monotonic_seconds();
  if (bundle.learnt_alone) {
    MLA_CHECK(bundle.model->update(sessions_as_users(dataset).data, old, work));
  } else {
    MLA_CHECK(bundle.model->update(dataset.data, old, work));
  }
  result.fit_seconds = base::monotonic_seconds() - start;
  result.model = std::move(bundle.model);
  result.learnt_alone = bundle.learnt_alone;
  result.calibration = bundle.calibration;
  OccasionTrial trial;
  trial.prior = bundle.context.occasions.lifts.prior;
  trial.weight = bundle.context.occasions.weight;
  MLA_ASSIGN(result.context.occasions, fit_occasions(trial, dataset, work));
  result.context.moods = fit_moods(dataset.moods, dataset.data.item_tags.view(), dataset.data.tag_names);
  result.context.sound_moods = fit_sound_moods(dataset.sound_moods);
  result.item_popularity = popularity_of(dataset.data);
  result.lines.push_back(fmt::format("updated: {} items are new; weights and confidence stay as they were", added));
  result.dataset = std::move(dataset);
  return result;
}

}  // namespace mla::training
