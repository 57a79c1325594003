#include "learning/models/hybrid/blend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "foundation/base/random.h"
#include "learning/models/validation/ranking.h"

namespace mla::models {
namespace {

constexpr std::size_t kUsers = 3000;  // enough for a handful of weights, whatever the size of the data
constexpr std::size_t kFewestUsers = 10;
constexpr std::size_t kDepth = 100;  // candidates of each part
constexpr std::size_t kAt = 20;      // NDCG@20
constexpr double kRidge = 1e-2;
constexpr std::size_t kTypicalUsers = 500;
constexpr int kStepsBack = 20;  // from the learnt weights to the best part alone

// One validation user: candidates × parts relative scores.
struct Example {
  std::vector<float> scores;
  std::vector<std::uint8_t> held;  // of each candidate
  std::size_t relevant = 0;        // held-out items in all, candidates or not
  std::vector<float> bests;        // of each part
  std::vector<double> part_ndcg;   // of each part
};

std::vector<HistoryEntry> history_of(const TrainingData& data, std::int32_t user) {
  std::vector<HistoryEntry> history;
  const math::CsrMatrix& pairs = data.interactions;
  for (auto at = static_cast<std::size_t>(pairs.offsets[user]); at < static_cast<std::size_t>(pairs.offsets[user + 1]);
       ++at) {
    history.push_back({pairs.columns[at], pairs.values[at], data.times.empty() ? 0 : data.times[at]});
  }
  return history;
}

base::UnixMillis newest(const TrainingData& data) {
  return data.times.empty() ? 0 : *std::max_element(data.times.begin(), data.times.end());
}

// Scratch memory of one thread.
struct Scratch {
  Scratch(std::size_t parts, std::int32_t items)
      : ranker(items), rows(parts, std::vector<float>(static_cast<std::size_t>(items))) {}
  Ranker ranker;
  std::vector<std::vector<float>> rows;
};

Example make_example(std::span<const Recommender* const> parts, const Holdout& split, std::int32_t user,
                     base::UnixMillis now, Scratch& scratch) {
  const std::vector<HistoryEntry> history = history_of(split.rest, user);
  const auto heard = split.rest.interactions.view().row_columns(user);
  const auto held = split.held.view().row_columns(user);
  Example example;
  example.relevant = held.size();
  std::vector<std::int32_t> candidates;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    parts[p]->score({history, now}, scratch.rows[p]);
    example.bests.push_back(best_unheard(scratch.rows[p], history));
    const auto top = scratch.ranker.top(scratch.rows[p], heard, held, kDepth);
    candidates.insert(candidates.end(), top.begin(), top.end());
    const auto hits = scratch.ranker.hits();
    example.part_ndcg.push_back(ndcg(hits.first(std::min(kAt, hits.size())), held.size(), kAt));
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  for (const std::int32_t item : candidates) {
    example.held.push_back(std::binary_search(held.begin(), held.end(), item) ? 1 : 0);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      example.scores.push_back(relative_score(scratch.rows[p][static_cast<std::size_t>(item)], example.bests[p]));
    }
  }
  return example;
}

double blended_ndcg(const Example& example, std::span<const double> weights) {
  std::vector<float> scores(example.held.size());
  std::vector<std::int32_t> relevant;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = static_cast<float>(std::inner_product(
        weights.begin(), weights.end(), example.scores.begin() + static_cast<std::ptrdiff_t>(i * weights.size()), 0.0));
    if (example.held[i] != 0) relevant.push_back(static_cast<std::int32_t>(i));
  }
  Ranker ranker(static_cast<std::int32_t>(scores.size()));
  ranker.top(scores, {}, relevant, kAt);
  return ndcg(ranker.hits(), example.relevant, kAt);
}

// Gradient and (negative) Hessian of the mean log-probability of one user's held-out candidates.
struct Slope {
  std::vector<double> gradient;
  std::vector<double> curvature;  // parts × parts

  explicit Slope(std::size_t parts) : gradient(parts, 0.0), curvature(parts * parts, 0.0) {}

  void add(const Example& example, std::span<const double> weights) {
    const std::size_t parts = weights.size();
    const std::size_t count = example.held.size();
    const auto hits = static_cast<double>(std::count(example.held.begin(), example.held.end(), 1));
    if (hits == 0) return;
    std::vector<double> chance(count);
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t p = 0; p < parts; ++p)
        chance[i] += weights[p] * static_cast<double>(example.scores[i * parts + p]);
      highest = std::max(highest, chance[i]);
    }
    double total = 0;
    for (double& c : chance) total += c = std::exp(c - highest);
    std::vector<double> mean(parts, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      chance[i] /= total;
      for (std::size_t p = 0; p < parts; ++p) {
        const double score = example.scores[i * parts + p];
        mean[p] += chance[i] * score;
        if (example.held[i] != 0) gradient[p] += score / hits;
      }
    }
    for (std::size_t p = 0; p < parts; ++p) gradient[p] -= mean[p];
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t p = 0; p < parts; ++p) {
        const double left = chance[i] * (example.scores[i * parts + p] - mean[p]);
        for (std::size_t q = 0; q < parts; ++q)
          curvature[p * parts + q] += left * (example.scores[i * parts + q] - mean[q]);
      }
    }
  }
};

// Which parts may have weight.
using Used = std::vector<std::uint8_t>;

// One step of cyclic coordinate ascent on the quadratic model, kept at w >= 0, and at 0 for what is not used.
std::vector<double> constrained_step(const Slope& slope, const std::vector<double>& weights, const Used& used) {
  const std::size_t parts = weights.size();
  std::vector<double> next = weights;
  for (int sweep = 0; sweep < 100; ++sweep) {
    double largest = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      if (used[p] == 0) continue;
      double gradient = slope.gradient[p];
      for (std::size_t q = 0; q < parts; ++q) gradient -= slope.curvature[p * parts + q] * (next[q] - weights[q]);
      const double moved = std::max(0.0, next[p] + gradient / slope.curvature[p * parts + p]);
      largest = std::max(largest, std::abs(moved - next[p]));
      next[p] = moved;
    }
    if (largest < 1e-7) break;
  }
  return next;
}

// Newton's method. `take(i)` says which examples to learn from.
template <class Take>
std::vector<double> learn_weights(const std::vector<Example>& examples, const Used& used, const Take& take) {
  const std::size_t parts = used.size();
  std::vector<double> weights(used.begin(), used.end());
  for (int step = 0; step < 30; ++step) {
    Slope slope(parts);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      if (take(i)) slope.add(examples[i], weights);
    }
    for (std::size_t p = 0; p < parts; ++p) {
      slope.gradient[p] -= kRidge * weights[p];
      slope.curvature[p * parts + p] += kRidge;
    }
    const std::vector<double> next = constrained_step(slope, weights, used);
    double largest = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      const double change = std::clamp(next[p] - weights[p], -2.0, 2.0);
      weights[p] += change;
      largest = std::max(largest, std::abs(change));
    }
    if (largest < 1e-4) break;
  }
  return weights;
}

// NDCG of every example under weights learnt from the other half. Users were shuffled: every second is a random half.
std::vector<double> cross_fitted_ndcg(const std::vector<Example>& examples, const Used& used) {
  const auto from_even = learn_weights(examples, used, [](std::size_t i) { return i % 2 == 0; });
  const auto from_odd = learn_weights(examples, used, [](std::size_t i) { return i % 2 == 1; });
  std::vector<double> values(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    values[i] = blended_ndcg(examples[i], i % 2 == 0 ? from_odd : from_even);
  }
  return values;
}

struct Gain {
  double mean = 0;
  double error = 0;  // standard error of the mean
};

Gain gain_of(const std::vector<double>& values, const std::vector<double>& over) {
  const auto count = static_cast<double>(values.size());
  Gain gain;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = values[i] - over[i];
    gain.mean += difference / count;
    squares += difference * difference / count;
  }
  gain.error = std::sqrt(std::max(0.0, squares - gain.mean * gain.mean) / count);
  return gain;
}

// Takes parts out, the lightest first, as long as what is left is less than one standard error below the best choice of
// parts so far (not below the last one: many small losses would add up): each part costs time in every request. Returns
// the values of what is left.
std::vector<double> prune(const std::vector<Example>& examples, Used& used) {
  std::vector<double> values = cross_fitted_ndcg(examples, used);
  std::vector<double> best = values;
  for (;;) {
    const auto weights = learn_weights(examples, used, [](std::size_t) { return true; });
    std::size_t lightest = used.size();
    for (std::size_t p = 0; p < used.size(); ++p) {
      if (used[p] != 0 && (lightest == used.size() || weights[p] < weights[lightest])) lightest = p;
    }
    if (std::count(used.begin(), used.end(), 1) < 2) return values;
    used[lightest] = 0;
    std::vector<double> without = cross_fitted_ndcg(examples, used);
    const Gain cost = gain_of(best, without);
    if (cost.mean > 0 && cost.mean >= cost.error) {
      used[lightest] = 1;
      return values;
    }
    if (cost.mean < 0) best = without;
    values = std::move(without);
  }
}

// Moves the weights towards the best part alone as far as that costs less than one standard error of the mean NDCG
// against the best point on the way (the one-standard-error rule of Breiman et al., "Classification and Regression
// Trees", 1984): a held-out part of the past is not quite the future, and the best part is the safer guess.
std::vector<double> held_back(const std::vector<Example>& examples, std::vector<double> weights,
                              std::size_t best_part) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::vector<double>> way;
  std::vector<std::vector<double>> values;
  std::vector<double> means;
  for (int step = 0; step < kStepsBack; ++step) {
    const double share = static_cast<double>(step) / kStepsBack;
    std::vector<double>& at = way.emplace_back(weights);
    for (double& weight : at) weight *= 1 - share;
    at[best_part] += share * total;
    std::vector<double>& ndcgs = values.emplace_back();
    for (const Example& example : examples) ndcgs.push_back(blended_ndcg(example, at));
    means.push_back(std::accumulate(ndcgs.begin(), ndcgs.end(), 0.0));
  }
  const auto best = static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
  std::size_t chosen = best;
  for (std::size_t step = best + 1; step < way.size(); ++step) {
    const Gain cost = gain_of(values[best], values[step]);
    if (cost.mean > cost.error) break;
    chosen = step;
  }
  return way[chosen];
}

}  // namespace

float best_unheard(std::span<const float> scores, std::span<const HistoryEntry> history) {
  float best = 0;
  std::size_t from = 0;
  for (std::size_t h = 0; h <= history.size(); ++h) {
    const std::size_t to = h < history.size() ? static_cast<std::size_t>(history[h].item) : scores.size();
    for (std::size_t i = from; i < to; ++i) best = std::max(best, scores[i]);
    from = to + 1;
  }
  return best;
}

base::Result<std::vector<float>> typical_bests(std::span<const Recommender* const> parts, const TrainingData& data,
                                               base::Work& work) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < data.users(); ++user) {
    if (data.interactions.view().row_size(user) > 0) users.push_back(user);
  }
  std::vector<float> bests(parts.size(), 1.0F);
  if (users.empty()) return bests;
  base::Random(work.seed).shuffle(users);
  users.resize(std::min(users.size(), kTypicalUsers));

  const base::UnixMillis now = newest(data);
  math::Matrix found(users.size(), parts.size());
  std::vector<std::vector<float>> rows(static_cast<std::size_t>(work.pool.size()),
                                       std::vector<float>(static_cast<std::size_t>(data.items())));
  work.pool.parallel_for(users.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
    std::vector<float>& row = rows[static_cast<std::size_t>(worker)];
    for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
      const std::vector<HistoryEntry> history = history_of(data, users[i]);
      for (std::size_t p = 0; p < parts.size(); ++p) {
        parts[p]->score({history, now}, row);
        found(i, p) = best_unheard(row, history);
      }
    }
  });
  MLA_CHECK(work.check());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    double sum = 0;
    for (std::size_t i = 0; i < users.size(); ++i) sum += found(i, p);
    bests[p] = static_cast<float>(sum / static_cast<double>(users.size()));
  }
  return bests;
}

base::Result<Blend> learn_blend(std::span<const Recommender* const> parts, const Holdout& split, base::Work& work) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < split.held.rows; ++user) {
    if (split.held.view().row_size(user) > 0 && split.rest.interactions.view().row_size(user) > 0) {
      users.push_back(user);
    }
  }
  base::Random(work.seed).shuffle(users);
  users.resize(std::min(users.size(), kUsers));

  Blend blend;
  blend.users = users.size();
  blend.weights.assign(parts.size(), 1.0F);
  blend.typical_bests.assign(parts.size(), 1.0F);
  blend.part_ndcg.assign(parts.size(), 0.0);
  if (users.empty()) return blend;

  const base::UnixMillis now = newest(split.rest);
  std::vector<Example> examples(users.size());
  std::vector<Scratch> scratch(static_cast<std::size_t>(work.pool.size()), Scratch(parts.size(), split.rest.items()));
  work.progress.begin("weighing the parts", users.size());
  work.pool.parallel_for(users.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
    for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
      examples[i] = make_example(parts, split, users[i], now, scratch[static_cast<std::size_t>(worker)]);
    }
    work.progress.advance(end - begin);
  });
  work.progress.end();
  MLA_CHECK(work.check());

  const auto count = static_cast<double>(examples.size());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    double bests = 0;
    for (const Example& example : examples) {
      bests += example.bests[p];
      blend.part_ndcg[p] += example.part_ndcg[p] / count;
    }
    blend.typical_bests[p] = static_cast<float>(bests / count);
  }
  blend.judged = users.size() >= kFewestUsers;
  if (!blend.judged) return blend;
  const auto best_part = static_cast<std::size_t>(std::max_element(blend.part_ndcg.begin(), blend.part_ndcg.end()) -
                                                  blend.part_ndcg.begin());

  Used used(parts.size(), 1);
  const std::vector<double> values = prune(examples, used);
  std::vector<double> best_alone;
  for (const Example& example : examples) best_alone.push_back(example.part_ndcg[best_part]);
  const Gain gain = gain_of(values, best_alone);
  blend.ndcg = std::accumulate(values.begin(), values.end(), 0.0) / count;
  blend.gain = gain.mean;
  blend.gain_error = gain.error;

  blend.fell_back = !(gain.mean > gain.error);
  std::vector<double> weights(parts.size(), 0.0);
  if (blend.fell_back) {
    weights[best_part] = 1;
  } else {
    weights = learn_weights(examples, used, [](std::size_t) { return true; });
    weights = held_back(examples, std::move(weights), best_part);
  }
  const double largest = *std::max_element(weights.begin(), weights.end());
  for (std::size_t p = 0; p < parts.size(); ++p) blend.weights[p] = static_cast<float>(weights[p] / largest);
  return blend;
}

}  // namespace mla::models
