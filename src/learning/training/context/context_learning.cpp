#include "learning/training/context/context_learning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "foundation/base/random.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"

namespace mla::training {
namespace {

constexpr std::array kPriors = {5.0F, 20.0F, 80.0F, 320.0F};
constexpr std::size_t kListeners = 2000;
constexpr std::size_t kListensEach = 4;
constexpr std::size_t kDepth = 200;
constexpr double kErrors = 2.5;  // a gain must exceed so many standard errors: four priors are tried
constexpr double kRidge = 1e-3;
constexpr int kSteps = 50;
constexpr double kLeastOdds = 0.05;

// Listens by user, and where each user's begin.
struct ListensByUser {
  std::vector<OccasionListen> listens;
  std::vector<std::size_t> offsets;

  std::span<const OccasionListen> of(std::int32_t user) const {
    const auto at = static_cast<std::size_t>(user);
    return std::span(listens).subspan(offsets[at], offsets[at + 1] - offsets[at]);
  }
};

template <class Take>
ListensByUser listens_of(const Dataset& dataset, const Take& take) {
  ListensByUser result;
  result.offsets.assign(static_cast<std::size_t>(dataset.data.users()) + 1, 0);
  for (const TimedListen& listen : dataset.listens) {
    if (!take(listen)) continue;
    result.listens.push_back({listen.item, static_cast<std::uint8_t>(occasion_of(dataset.local_time(listen)))});
    ++result.offsets[static_cast<std::size_t>(listen.user) + 1];
  }
  std::partial_sum(result.offsets.begin(), result.offsets.end(), result.offsets.begin());
  return result;
}

bool is_held(const Validation& validation, const TimedListen& listen) {
  const auto held = validation.split.held.view().row_columns(listen.user);
  return std::binary_search(held.begin(), held.end(), listen.item);
}

// One listener of the validation: candidates, and the played ones with their occasion. Positions are in `candidates`.
struct Judged {
  struct Played {
    std::size_t position;
    int occasion;
  };
  std::int32_t user = 0;
  std::vector<std::int32_t> candidates;
  std::vector<double> log_odds;
  std::vector<Played> played;
};

// Held-out pairs of each user with the occasion of the first listen.
std::vector<Judged> judged_listeners(const Dataset& dataset, const Validation& validation, std::uint64_t seed) {
  std::vector<Judged> all;
  std::vector<TimedListen> first;
  const auto& listens = dataset.listens;
  for (std::size_t at = 0; at < listens.size();) {
    const std::int32_t user = listens[at].user;
    first.clear();
    for (; at < listens.size() && listens[at].user == user; ++at) {
      if (!is_held(validation, listens[at])) continue;
      const auto known =
          std::find_if(first.begin(), first.end(), [&](const auto& one) { return one.item == listens[at].item; });
      if (known == first.end()) {
        first.push_back(listens[at]);
      } else if (listens[at].time < known->time) {
        *known = listens[at];
      }
    }
    if (first.empty() || validation.split.rest.interactions.view().row_size(user) == 0) continue;
    base::Random::stream(seed, static_cast<std::uint64_t>(user)).shuffle(first);
    first.resize(std::min(first.size(), kListensEach));
    Judged judged;
    judged.user = user;
    for (const TimedListen& listen : first) {
      // The item for now; its position once candidates are known.
      judged.played.push_back({static_cast<std::size_t>(listen.item), occasion_of(dataset.local_time(listen))});
    }
    all.push_back(std::move(judged));
  }
  base::Random(seed).shuffle(all);
  all.resize(std::min(all.size(), kListeners));
  return all;
}

// The model's first places that are not held out, and the played items among them.
void add_candidates(Judged& judged, std::span<const float> scores, std::span<const std::int32_t> list,
                    std::span<const std::uint8_t> hits, const Calibration& calibration) {
  std::vector<Judged::Played> found;
  for (std::size_t rank = 0; rank < list.size(); ++rank) {
    if (hits[rank] != 0) {
      const auto played = std::find_if(judged.played.begin(), judged.played.end(), [&](const Judged::Played& one) {
        return one.position == static_cast<std::size_t>(list[rank]);
      });
      if (played == judged.played.end()) continue;
      found.push_back({judged.candidates.size(), played->occasion});
    }
    judged.candidates.push_back(list[rank]);
    judged.log_odds.push_back(
        calibration.log_odds(static_cast<int>(rank), scores[static_cast<std::size_t>(list[rank])]));
  }
  judged.played = std::move(found);
}

// Log lifts of a listener's candidates on the occasion of each played one: played × candidates.
std::vector<float> lifts_of(const Judged& judged, const OccasionLifts& lifts, const Dataset& dataset,
                            const ListensByUser& rest) {
  const ListenerOccasions listener(lifts, dataset.data.item_artists, dataset.data.item_tags.view(),
                                   rest.of(judged.user));
  std::vector<float> values;
  for (const Judged::Played& played : judged.played) {
    Occasions occasions;
    occasions.set(static_cast<std::size_t>(played.occasion));
    for (const std::int32_t item : judged.candidates) {
      const auto lift = listener.log_lift(item, occasions);
      values.push_back(lift.general + lift.own);
    }
  }
  return values;
}

// What log-odds and log lifts count for.
struct Weights {
  double odds = 1;
  double lift = 0;
};

// Mean log-probability of what a listener played, and its derivatives. Played items compete with each other.
struct Likelihood {
  double value = 0;
  std::array<double, 2> slope{};
  std::array<double, 3> curvature{};  // odds², odds · lift, lift²; negated

  void add(const Likelihood& other, double times) {
    value += times * other.value;
    for (std::size_t i = 0; i < slope.size(); ++i) slope[i] += times * other.slope[i];
    for (std::size_t i = 0; i < curvature.size(); ++i) curvature[i] += times * other.curvature[i];
  }
};

Likelihood likelihood_of_one(const Judged& judged, std::span<const float> lifts, std::size_t position,
                             const Weights& weights) {
  const auto score = [&](std::size_t i) {
    return weights.odds * judged.log_odds[i] + weights.lift * static_cast<double>(lifts[i]);
  };
  double highest = score(0);
  for (std::size_t i = 1; i < lifts.size(); ++i) highest = std::max(highest, score(i));
  double total = 0;
  std::array<double, 2> mean{};
  std::array<double, 3> squares{};
  for (std::size_t i = 0; i < lifts.size(); ++i) {
    const double odds = judged.log_odds[i];
    const double lift = lifts[i];
    const double chance = std::exp(score(i) - highest);
    total += chance;
    mean[0] += chance * odds;
    mean[1] += chance * lift;
    squares[0] += chance * odds * odds;
    squares[1] += chance * odds * lift;
    squares[2] += chance * lift * lift;
  }
  for (double& value : mean) value /= total;
  return {score(position) - highest - std::log(total),
          {judged.log_odds[position] - mean[0], static_cast<double>(lifts[position]) - mean[1]},
          {squares[0] / total - mean[0] * mean[0], squares[1] / total - mean[0] * mean[1],
           squares[2] / total - mean[1] * mean[1]}};
}

Likelihood likelihood(const Judged& judged, std::span<const float> lifts, const Weights& weights) {
  Likelihood sum;
  const std::size_t count = judged.candidates.size();
  for (std::size_t p = 0; p < judged.played.size(); ++p) {
    sum.add(likelihood_of_one(judged, lifts.subspan(p * count, count), judged.played[p].position, weights),
            1 / static_cast<double>(judged.played.size()));
  }
  return sum;
}

using LiftRows = std::vector<std::vector<float>>;

// Newton's method; with_lift = false leaves its weight at 0.
template <class Take>
Weights learn_weights(const std::vector<Judged>& listeners, const LiftRows& lifts, bool with_lift, const Take& take) {
  Weights weights;
  for (int step = 0; step < kSteps; ++step) {
    Likelihood all;
    double count = 0;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      if (!take(i)) continue;
      all.add(likelihood(listeners[i], lifts[i], weights), 1);
      ++count;
    }
    if (count == 0) break;
    const double odds_slope = all.slope[0] / count - kRidge * (weights.odds - 1);
    const double lift_slope = all.slope[1] / count - kRidge * weights.lift;
    const double odds_curve = all.curvature[0] / count + kRidge;
    const double lift_curve = all.curvature[2] / count + kRidge;
    const double mixed = all.curvature[1] / count;
    const double determinant = odds_curve * lift_curve - mixed * mixed;
    Weights next = weights;
    if (with_lift) {
      next.lift += std::clamp((odds_curve * lift_slope - mixed * odds_slope) / determinant, -1.0, 1.0);
      next.lift = std::max(0.0, next.lift);
    }
    // The best odds for that lift under the quadratic model.
    next.odds += std::clamp((odds_slope - mixed * (next.lift - weights.lift)) / odds_curve, -0.5, 0.5);
    next.odds = std::max(kLeastOdds, next.odds);
    const double change = std::abs(next.lift - weights.lift) + std::abs(next.odds - weights.odds);
    weights = next;
    if (change < 1e-5) break;
  }
  return weights;
}

OccasionTrial judge(const std::vector<Judged>& listeners, const LiftRows& lifts, float prior) {
  const auto even = [](std::size_t i) { return i % 2 == 0; };
  const auto odd = [](std::size_t i) { return i % 2 == 1; };
  const std::array<Weights, 2> with = {learn_weights(listeners, lifts, true, odd),
                                       learn_weights(listeners, lifts, true, even)};
  const std::array<Weights, 2> without = {learn_weights(listeners, lifts, false, odd),
                                          learn_weights(listeners, lifts, false, even)};
  OccasionTrial trial;
  trial.prior = prior;
  trial.listeners = listeners.size();
  double squares = 0;
  const auto count = static_cast<double>(listeners.size());
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const double gain = likelihood(listeners[i], lifts[i], with[i % 2]).value -
                        likelihood(listeners[i], lifts[i], without[i % 2]).value;
    trial.gain += gain / count;
    squares += gain * gain / count;
  }
  trial.gain_error = std::sqrt(std::max(0.0, squares - trial.gain * trial.gain) / count);
  if (trial.gain > kErrors * trial.gain_error) {
    const Weights all = learn_weights(listeners, lifts, true, [](std::size_t) { return true; });
    trial.weight = static_cast<float>(all.lift / all.odds);
  }
  return trial;
}

}  // namespace

base::Result<OccasionTrial> try_occasions(const models::Recommender& model, const Calibration& calibration,
                                          const Dataset& dataset, const Validation& validation, base::Work& work) {
  OccasionTrial best;
  if (dataset.listens.empty() || calibration.probabilities.empty()) return best;
  const ListensByUser rest = listens_of(dataset, [&](const TimedListen& listen) {
    return !(validation.timed && listen.time >= validation.cut) && !is_held(validation, listen);
  });
  std::vector<Judged> listeners = judged_listeners(dataset, validation, work.seed);
  const models::TrainingData& data = validation.split.rest;
  const base::UnixMillis now = newest_time(data);
  std::vector<models::Ranker> rankers(static_cast<std::size_t>(work.pool.size()), models::Ranker(data.items()));
  std::vector<std::vector<float>> scores(rankers.size(), std::vector<float>(static_cast<std::size_t>(data.items())));
  work.progress.begin("occasions of listens", listeners.size());
  work.pool.parallel_for(listeners.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
    std::vector<models::HistoryEntry> history;
    std::vector<float>& row = scores[static_cast<std::size_t>(worker)];
    for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
      const std::int32_t user = listeners[i].user;
      model.score(listener_of(data, user, now, history), row);
      models::Ranker& ranker = rankers[static_cast<std::size_t>(worker)];
      const auto list = ranker.top(row, data.interactions.view().row_columns(user),
                                   validation.split.held.view().row_columns(user), kDepth);
      add_candidates(listeners[i], row, list, ranker.hits(), calibration);
    }
    work.progress.advance(end - begin);
  });
  MLA_CHECK(work.check());
  std::erase_if(listeners, [](const Judged& judged) { return judged.played.empty(); });
  if (listeners.size() < 2) return best;

  const OccasionCounts counts(dataset.data, rest.listens, rest.offsets, work);
  MLA_CHECK(work.check());
  best.listeners = listeners.size();
  for (const float prior : kPriors) {
    const OccasionLifts lifts = counts.lifts(dataset.data, prior);
    LiftRows rows(listeners.size());
    work.pool.parallel_for(listeners.size(), 8, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) rows[i] = lifts_of(listeners[i], lifts, dataset, rest);
    });
    MLA_CHECK(work.check());
    const OccasionTrial trial = judge(listeners, rows, prior);
    if (best.prior == 0 || trial.gain > best.gain) best = trial;
  }
  work.progress.end();
  return best;
}

base::Result<OccasionModel> fit_occasions(const OccasionTrial& trial, const Dataset& dataset, base::Work& work) {
  OccasionModel model;
  model.utc_offset = dataset.utc_offset;
  if (!(trial.weight > 0)) return model;
  const ListensByUser all = listens_of(dataset, [](const TimedListen&) { return true; });
  const OccasionCounts counts(dataset.data, all.listens, all.offsets, work);
  MLA_CHECK(work.check());
  model.lifts = counts.lifts(dataset.data, trial.prior);
  model.weight = trial.weight;
  return model;
}

std::string to_line(const OccasionTrial& trial) {
  if (trial.listeners == 0) return "time of day and weekday: no timed listens to learn from";
  const std::string found = fmt::format("{:+.4f} ± {:.4f} in log-likelihood a listen of {} listeners", trial.gain,
                                        1.96 * trial.gain_error, trial.listeners);
  if (!(trial.weight > 0)) return "time of day and weekday: nothing that can be told from chance (" + found + ")";
  return fmt::format("time of day and weekday: weight {:.2f} ({})", trial.weight, found);
}

}  // namespace mla::training
