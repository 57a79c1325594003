#include "learning/training/auto/selection.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learning/models/hybrid/blend.h"
#include "learning/training/auto/validation_trials.h"
#include "learning/training/split.h"

namespace mla::training {
namespace {

constexpr std::size_t kPilotInteractions = 150'000;  // a trial on fewer says too little
constexpr double kShareStep = 4;
constexpr std::size_t kMostParts = 10;
constexpr double kWeakPart = 0.25;  // of the best: weaker ones are not tried in the blend

// 1, and below it as many quarters as leave enough interactions.
std::vector<double> shares_for(std::size_t interactions) {
  std::vector<double> shares = {1};
  while (static_cast<double>(interactions) * shares.front() / kShareStep >= static_cast<double>(kPilotInteractions)) {
    shares.insert(shares.begin(), shares.front() / kShareStep);
  }
  return shares;
}

ParameterMap hybrid_of(const std::vector<const RaceRow*>& parts, const std::vector<float>& weights) {
  ParameterMap parameters;
  std::vector<std::string> names;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const Candidate& candidate = parts[p]->candidate;
    names.push_back(candidate.algorithm);
    parameters[candidate.algorithm + ".weight"] = static_cast<double>(weights[p]);
    for (const auto& [name, value] : candidate.parameters) parameters[candidate.algorithm + "." + name] = value;
  }
  parameters["parts"] = fmt::format("{}", fmt::join(names, ","));
  return parameters;
}

// Representatives that were fitted on all users, the best first.
std::vector<const RaceRow*> possible_parts(const std::vector<RaceRow>& rows) {
  std::vector<const RaceRow*> parts;
  for (const RaceRow& row : rows) {
    if (row.representative && row.share == 1) parts.push_back(&row);
  }
  std::stable_sort(parts.begin(), parts.end(), [](const RaceRow* a, const RaceRow* b) { return a->ndcg > b->ndcg; });
  while (!parts.empty() && (parts.size() > kMostParts || parts.back()->ndcg < kWeakPart * parts.front()->ndcg)) {
    parts.pop_back();
  }
  return parts;
}

class Selector {
 public:
  Selector(const Dataset& dataset, const SelectionOptions& options, base::Work& work)
      : options_(options),
        work_(work),
        budget_(options.seconds, options.clock),
        parts_(make_validation_parts(dataset, options.protocol, work.seed)),
        trials_(parts_, options.at, options.memory_bytes, work) {}

  base::Result<Selection> run() {
    MLA_CHECK(work_.check());
    selection_.at = options_.at;
    selection_.budget_seconds = options_.seconds;
    selection_.validation = parts_.description;
    if (parts_.splits.front().held.columns.empty()) {
      choose_popularity("no listener has two items, so nothing can be held out");
    } else {
      MLA_CHECK(search());
    }
    selection_.seconds = budget_.spent();
    return std::move(selection_);
  }

 private:
  base::Status search() {
    const RaceOptions how{.shares = shares_for(parts_.splits.front().rest.interactions.columns.size()),
                          .serving = options_.serving,
                          .refits = options_.refits};
    const models::TrainingData& rest = parts_.splits.front().rest;
    const auto candidates = candidates_of(options_.algorithms, std::min(rest.users(), rest.items()));
    MLA_ASSIGN(selection_.rows, race(candidates, trials_, budget_, how));
    const auto untried = std::count_if(selection_.rows.begin(), selection_.rows.end(),
                                       [](const RaceRow& row) { return row.state == RaceRow::State::kNoTime; });
    if (untried > 0) {
      selection_.notes.push_back(
          fmt::format("the budget of {:.0f} s was too small for {} of {} candidates; give more --budget-seconds",
                      options_.seconds, untried, selection_.rows.size()));
    }
    const std::size_t best = best_row(selection_.rows);
    if (best == std::string::npos) {
      choose_popularity("nothing could be judged within the budgets");
      return {};
    }
    const RaceRow& winner = selection_.rows[best];
    selection_.algorithm = winner.candidate.algorithm;
    selection_.parameters = winner.candidate.parameters;
    if (winner.share < 1) {
      selection_.notes.push_back(
          fmt::format("judged on {:.1f} % of the listeners: there was no time for more", 100 * winner.share));
    }
    return blend(possible_parts(selection_.rows));
  }

  base::Status blend(std::vector<const RaceRow*> parts) {
    while (parts.size() > 1) {
      if (const std::string obstacle = obstacle_to(parts); !obstacle.empty()) {
        selection_.notes.push_back(obstacle);
        return {};
      }
      std::vector<const models::Recommender*> models;
      for (const RaceRow* part : parts) models.push_back(trials_.kept(part->candidate.algorithm));
      MLA_ASSIGN(const models::Blend learnt, models::learn_blend(models, parts_.splits.front(), work_));
      std::vector<const RaceRow*> used;
      std::vector<float> weights;
      for (std::size_t p = 0; p < parts.size(); ++p) {
        if (!(learnt.weights[p] > 0)) continue;
        used.push_back(parts[p]);
        weights.push_back(learnt.weights[p]);
      }
      describe(learnt, used, weights);
      Ensemble& ensemble = *selection_.ensemble;
      if (learnt.fell_back) {
        ensemble.note = "not better than its best part by more than one standard error";
        return {};
      }
      if (options_.serving.allows(ensemble.score_ms, ensemble.bytes)) {
        ensemble.chosen = true;
        selection_.algorithm = "hybrid";
        selection_.parameters = hybrid_of(used, weights);
        return {};
      }
      ensemble.note = "above the serving budget";
      const RaceRow* slowest = *std::max_element(used.begin(), used.end(), [](const RaceRow* a, const RaceRow* b) {
        return a->judgement.score_ms < b->judgement.score_ms;
      });
      std::erase(parts, slowest);
    }
    return {};
  }

  // Why there is no time for this ensemble; empty: there is.
  std::string obstacle_to(const std::vector<const RaceRow*>& parts) const {
    double needed = 0;
    for (std::size_t p = 0; p < std::min<std::size_t>(2, parts.size()); ++p) {
      needed += options_.refits * parts[p]->judgement.fit_seconds;
    }
    if (needed < budget_.left()) return "";
    return fmt::format("no time for an ensemble: fitting its parts takes {:.0f} s of {:.0f} s left", needed,
                       std::max(0.0, budget_.left()));
  }

  void describe(const models::Blend& learnt, const std::vector<const RaceRow*>& used,
                const std::vector<float>& weights) {
    Ensemble& ensemble = selection_.ensemble.emplace();
    ensemble.weights = weights;
    ensemble.ndcg = learnt.ndcg;
    ensemble.gain = learnt.gain;
    ensemble.gain_error = learnt.gain_error;
    for (const RaceRow* part : used) {
      ensemble.parts.push_back(part->candidate.algorithm);
      ensemble.score_ms += part->judgement.score_ms;
      ensemble.bytes += part->judgement.bytes;
    }
  }

  void choose_popularity(const std::string& why) {
    selection_.algorithm = "popularity";
    selection_.notes.push_back(why + ": popularity it is");
  }

  const SelectionOptions& options_;
  base::Work& work_;
  Budget budget_;
  ValidationParts parts_;
  ValidationTrials trials_;
  Selection selection_;
};

}  // namespace

base::Result<Selection> select_model(const Dataset& dataset, const SelectionOptions& options, base::Work& work) {
  if (dataset.data.interactions.columns.empty()) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       "there is nothing to choose by: no listener has played or liked an item; import events first"};
  }
  const Dataset known = known_part(dataset);
  return Selector(known, options, work).run();
}

ParameterMap hybrid_parameters(const Selection& selection) {
  if (selection.algorithm == "hybrid") return selection.parameters;
  RaceRow only;
  only.candidate = {selection.algorithm, selection.parameters};
  return hybrid_of({&only}, {1.0F});
}

}  // namespace mla::training
