#include "learning/training/gate/compare_models.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "learning/training/parameters_json.h"
#include "learning/training/split.h"

namespace mla::training {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

// Time of the newest event that a published model learnt from; 0 if its manifest does not say.
base::UnixMillis data_until(const Bundle& bundle) {
  const json::value* text = bundle.reader.manifest().if_contains("data_until");
  if (text == nullptr || !text->is_string()) return 0;
  const auto time = base::parse_time(std::string_view(text->get_string()));
  return time.ok() ? *time : 0;
}

struct Recipe {
  std::string algorithm;
  ParameterMap parameters;
  bool operator==(const Recipe&) const = default;
};

Result<Recipe> recipe_of(const Bundle& bundle) {
  MLA_ASSIGN(const json::value parameters, bundle.reader.attribute("parameters"));
  MLA_ASSIGN(ParameterMap map, parse_parameters(base::to_json_text(parameters)));
  return Recipe{bundle.algorithm, std::move(map)};
}

// Listeners with something held out that can be asked.
std::int64_t listeners_held(const models::Holdout& split) {
  std::int64_t listeners = 0;
  for (std::int32_t user = 0; user < split.held.rows; ++user) listeners += split.held.view().row_size(user) > 0 ? 1 : 0;
  return listeners;
}

// The lists of users with held items go to their places; the others stay empty.
RankedLists by_user(std::vector<std::vector<std::int32_t>> lists, const math::CsrView& held) {
  RankedLists all(static_cast<std::size_t>(held.rows));
  std::size_t next = 0;
  for (std::int32_t user = 0; user < held.rows; ++user) {
    if (held.row_size(user) > 0) all[static_cast<std::size_t>(user)] = std::move(lists[next++]);
  }
  return all;
}

Result<RankedLists> ranked(const models::Recommender& model, const models::TrainingData& rest,
                           const math::CsrView& held, const GateLimits& limits, base::Work& work) {
  if (held.columns.empty()) return RankedLists(static_cast<std::size_t>(held.rows));
  MLA_ASSIGN(Evaluation evaluation, evaluate_fitted(model, rest, held, {.at = limits.at, .keep_lists = true}, work));
  return by_user(std::move(evaluation.lists), held);
}

// `matrix` over the items of a model: `to` gives an item's index there, -1 if the model does not know it. Both orders
// are by id, so that columns stay ascending. `kept` marks the entries that are left.
math::CsrMatrix translate(const math::CsrMatrix& matrix, const std::vector<std::int32_t>& to, std::int32_t items,
                          std::vector<std::uint8_t>& kept) {
  math::CsrMatrix translated;
  translated.rows = matrix.rows;
  translated.cols = items;
  translated.offsets = {0};
  kept.assign(matrix.columns.size(), 0);
  for (std::int32_t row = 0; row < matrix.rows; ++row) {
    const auto end = static_cast<std::size_t>(matrix.offsets[static_cast<std::size_t>(row) + 1]);
    for (auto at = static_cast<std::size_t>(matrix.offsets[static_cast<std::size_t>(row)]); at < end; ++at) {
      const std::int32_t item = to[static_cast<std::size_t>(matrix.columns[at])];
      if (item < 0) continue;
      kept[at] = 1;
      translated.columns.push_back(item);
      translated.values.push_back(matrix.values[at]);
    }
    translated.offsets.push_back(static_cast<std::int64_t>(translated.columns.size()));
  }
  return translated;
}

// What a published model ranks, over its own items, in the indices of `dataset`.
Result<RankedLists> ranked_as_published(const Bundle& bundle, const Dataset& dataset, const models::Holdout& recent,
                                        const GateLimits& limits, base::Work& work) {
  std::vector<std::int32_t> to;
  std::vector<std::int32_t> from(static_cast<std::size_t>(bundle.items()), -1);
  for (const std::string& id : dataset.item_ids) {
    to.push_back(bundle.find_item(id).value_or(-1));
    if (to.back() >= 0) from[static_cast<std::size_t>(to.back())] = static_cast<std::int32_t>(to.size()) - 1;
  }
  std::vector<std::uint8_t> kept;
  const math::CsrMatrix held = translate(recent.held, to, bundle.items(), kept);
  models::TrainingData rest;
  rest.interactions = translate(recent.rest.interactions, to, bundle.items(), kept);
  for (std::size_t at = 0; at < recent.rest.times.size(); ++at) {
    if (kept[at] != 0) rest.times.push_back(recent.rest.times[at]);
  }
  MLA_ASSIGN(RankedLists lists, ranked(*bundle.model, rest, held.view(), limits, work));
  for (std::vector<std::int32_t>& list : lists) {
    for (std::int32_t& item : list) item = from[static_cast<std::size_t>(item)];
  }
  return lists;
}

Result<RankedLists> ranked_by_recipe(const Recipe& recipe, const models::Holdout& recent, const GateLimits& limits,
                                     base::Work& work) {
  MLA_ASSIGN(const auto model, models::make_recommender(recipe.algorithm, recipe.parameters));
  MLA_CHECK(model->fit(recent.rest, work));
  return ranked(*model, recent.rest, recent.held.view(), limits, work);
}

// What was heard for the first time since both learnt, if that is enough to tell.
std::optional<models::Holdout> heard_since(const Bundle& champion, const Bundle& challenger, const Dataset& dataset,
                                           const GateLimits& limits) {
  const base::UnixMillis until = std::max(data_until(champion), data_until(challenger));
  if (dataset.first_times.empty() || data_until(champion) == 0 || data_until(challenger) == 0) return std::nullopt;
  models::Holdout split = split_at(dataset, until + 1);
  if (listeners_held(split) < limits.least_listeners) return std::nullopt;
  return split;
}

}  // namespace

Result<Comparison> compare_models(const Bundle& champion, const Bundle& challenger, const Dataset& dataset,
                                  const GateLimits& limits, base::Work& work) {
  Comparison comparison;
  if (const auto since = heard_since(champion, challenger, dataset, limits)) {
    comparison.as_published = true;
    comparison.how = fmt::format(
        "both as they are published, on {} items that {} listeners heard for the first time "
        "since both had learnt",
        since->held.columns.size(), listeners_held(*since));
    MLA_ASSIGN(const RankedLists before, ranked_as_published(champion, dataset, *since, limits, work));
    MLA_ASSIGN(const RankedLists after, ranked_as_published(challenger, dataset, *since, limits, work));
    comparison.verdict = judge_promotion(before, after, *since, limits, work);
    return comparison;
  }
  MLA_ASSIGN(const Recipe before, recipe_of(champion));
  MLA_ASSIGN(const Recipe after, recipe_of(challenger));
  if (before == after) {
    comparison.how = "too little was heard since both had learnt, and both have the same algorithm and parameters";
    comparison.verdict.promote = true;
    comparison.verdict.at = limits.at;
    comparison.verdict.reasons = {"nothing tells them apart but the data that they learnt from"};
    return comparison;
  }
  const Validation recent = make_validation(dataset, work.seed);
  if (recent.split.held.columns.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "nothing can be held out to compare them on: no listener has two items; promote with --force"};
  }
  comparison.how = fmt::format(
      "too little was heard since both had learnt: both recipes learnt again without {}, and "
      "were asked about that",
      recent.timed ? fmt::format("the last {} days", kValidationDays)
                   : fmt::format("{:.0f} % of each listener's items", 100 * kValidationShare));
  MLA_ASSIGN(const RankedLists champion_lists, ranked_by_recipe(before, recent.split, limits, work));
  MLA_ASSIGN(const RankedLists challenger_lists, ranked_by_recipe(after, recent.split, limits, work));
  comparison.verdict = judge_promotion(champion_lists, challenger_lists, recent.split, limits, work);
  return comparison;
}

}  // namespace mla::training
