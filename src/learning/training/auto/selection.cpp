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
constexpr std::size_t kMostParts = 12;  // what is weak alone may know what the others do not: tags, the order
constexpr double kOverrun = 0.1;        // of the budget: better than to take something worse
constexpr double kWeakPart = 0.25;      // of the best: weaker ones are not tried in the blend

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

// Of the rows, the representatives that were fitted on all users, the best first.
std::vector<std::size_t> possible_parts(const std::vector<RaceRow>& rows) {
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].representative && rows[i].share == 1) parts.push_back(i);
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].ndcg > rows[b].ndcg; });
  while (!parts.empty() &&
         (parts.size() > kMostParts || rows[parts.back()].ndcg < kWeakPart * rows[parts.front()].ndcg)) {
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
        trials_(parts_, options.at, options.serving.is_set(), options.memory_bytes, work) {}

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
    const RaceOptions how{
        .shares = shares_for(parts_.splits.front().rest.interactions.columns.size()),
        .serving = options_.serving,
        .refits = options_.refits,
        .listeners_blended =
            static_cast<double>(std::min(models::kBlendUsers, parts_.listeners * parts_.blended)) / work_.pool.size()};
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
    const std::size_t best = best_row(selection_.rows, options_.refits, budget_.left() + kOverrun * budget_.total());
    if (const std::size_t any = best_row(selection_.rows); any != best) {
      selection_.notes.push_back(fmt::format("{} is better, but to fit it takes about {:.0f} s of {:.0f} s left",
                                             row(any).candidate.label(), refit_seconds(row(any), options_.refits),
                                             std::max(0.0, budget_.left())));
    }
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

  // `parts` are indices of rows.
  base::Status blend(std::vector<std::size_t> parts) {
    leave_out_what_there_is_no_time_for(parts);
    while (parts.size() > 1) {
      const std::vector<models::BlendSplit> splits = fitted_splits(parts);
      const Watch watch(work_.cancel, budget_.left() - refits_of(parts), options_.memory_bytes);
      base::Work watched{work_.pool, work_.progress, watch.flag(), work_.seed};
      auto weighed = models::learn_blend(splits, watched);
      if (!weighed.ok()) {
        if (work_.cancel.cancelled() || watch.reason() == Watch::Reason::kNone) return std::move(weighed).error();
        work_.progress.end();
        selection_.notes.push_back(fmt::format("no {} to weigh an ensemble of {} algorithms",
                                               watch.reason() == Watch::Reason::kTime ? "time" : "memory",
                                               parts.size()));
        return {};
      }
      const models::Blend& learnt = *weighed;
      if (!learnt.judged) {
        selection_.notes.push_back(
            fmt::format("{} listeners are too few to weigh algorithms against each other", learnt.users));
        return {};
      }
      std::vector<std::size_t> used;
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
        std::vector<const RaceRow*> rows;
        for (const std::size_t part : used) rows.push_back(&row(part));
        selection_.parameters = hybrid_of(rows, weights);
        return {};
      }
      ensemble.note = "above the serving budget";
      MLA_CHECK(make_cheaper(parts, used));
    }
    return {};
  }

  // An ensemble that serving cannot afford gets its largest part in a smaller form if that is no worse, or loses it;
  // if it is the time that is too long, it loses its slowest part.
  base::Status make_cheaper(std::vector<std::size_t>& parts, const std::vector<std::size_t>& used) {
    const bool too_large = !options_.serving.allows(0, selection_.ensemble->bytes);
    const std::size_t heaviest = *std::max_element(used.begin(), used.end(), [&](std::size_t a, std::size_t b) {
      return too_large ? row(a).judgement.bytes < row(b).judgement.bytes
                       : row(a).judgement.score_ms < row(b).judgement.score_ms;
    });
    const auto at = std::find(parts.begin(), parts.end(), heaviest);
    if (too_large && !row(heaviest).candidate.lighter.empty()) {
      Candidate lighter = row(heaviest).candidate.next_lighter();
      auto judged = trials_.run(lighter, 1, budget_.left());
      if (!judged.ok() && judged.error().code == base::ErrorCode::kCancelled) return judged.error();
      if (judged.ok() && judged->bytes < row(heaviest).judgement.bytes && prefers(*judged, row(heaviest).judgement)) {
        trials_.keep(lighter);
        selection_.rows.push_back(judged_row(std::move(lighter), *std::move(judged), 1, options_.serving));
        *at = selection_.rows.size() - 1;
        return {};
      }
    }
    parts.erase(at);
    return {};
  }

  const RaceRow& row(std::size_t index) const { return selection_.rows[index]; }

  // What an ensemble of these is learnt from.
  std::vector<models::BlendSplit> fitted_splits(const std::vector<std::size_t>& parts) const {
    std::vector<models::BlendSplit> splits(parts_.blended);
    for (std::size_t s = 0; s < splits.size(); ++s) {
      splits[s].split = &parts_.splits[s];
      for (const std::size_t part : parts) splits[s].parts.push_back(trials_.kept(row(part).candidate.algorithm)[s]);
    }
    return splits;
  }

  // Of the fits that follow.
  double refits_of(const std::vector<std::size_t>& parts) const {
    double seconds = 0;
    for (const std::size_t part : parts) seconds += refit_seconds(row(part), options_.refits);
    return seconds;
  }

  // The best stay, as many as can be fitted in the time that is left.
  void leave_out_what_there_is_no_time_for(std::vector<std::size_t>& parts) {
    const std::size_t all = parts.size();
    if (all < 2) return;
    std::vector<std::size_t> affordable;
    for (const std::size_t part : parts) {
      affordable.push_back(part);
      if (!(refits_of(affordable) < budget_.left())) affordable.pop_back();
    }
    parts = std::move(affordable);
    if (parts.size() == all) return;
    selection_.notes.push_back(
        fmt::format("no time for an ensemble of {} algorithms: {:.0f} s are left, enough to fit {} of them", all,
                    std::max(0.0, budget_.left()), parts.size()));
  }

  void describe(const models::Blend& learnt, const std::vector<std::size_t>& used, const std::vector<float>& weights) {
    Ensemble& ensemble = selection_.ensemble.emplace();
    ensemble.weights = weights;
    ensemble.ndcg = learnt.ndcg;
    ensemble.gain = learnt.gain;
    ensemble.gain_error = learnt.gain_error;
    for (const std::size_t part : used) {
      ensemble.parts.push_back(row(part).candidate.algorithm);
      ensemble.score_ms += row(part).judgement.score_ms;
      ensemble.bytes += row(part).judgement.bytes;
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
