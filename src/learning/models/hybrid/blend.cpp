#include "learning/models/hybrid/blend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "foundation/base/random.h"
#include "learning/models/hybrid/blend_weights.h"
#include "learning/models/validation/ranking.h"

namespace mla::models {
namespace {

constexpr std::size_t kFewestUsers = 10;
constexpr std::size_t kDepth = 100;  // candidates of each part
constexpr std::size_t kAt = 20;      // NDCG@20
constexpr std::size_t kChunk = 16;   // users that a thread ranks in one go
constexpr std::size_t kTypicalUsers = 500;
constexpr int kStepsBack = 20;  // from the learnt weights to the best part alone

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

BlendExample make_example(std::span<const Recommender* const> parts, const Holdout& split, std::int32_t user,
                          base::UnixMillis now, Scratch& scratch) {
  const std::vector<HistoryEntry> history = history_of(split.rest, user);
  const auto heard = split.rest.interactions.view().row_columns(user);
  const auto held = split.held.view().row_columns(user);
  BlendExample example;
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

// Users with something held out and something left in every split, in random order.
std::vector<std::int32_t> judged_users(std::span<const BlendSplit> splits, std::uint64_t seed) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < splits.front().split->held.rows; ++user) {
    const bool everywhere = std::ranges::all_of(splits, [&](const BlendSplit& one) {
      return one.split->held.view().row_size(user) > 0 && one.split->rest.interactions.view().row_size(user) > 0;
    });
    if (everywhere) users.push_back(user);
  }
  base::Random(seed).shuffle(users);
  users.resize(std::min(users.size(), kBlendUsers / splits.size()));
  return users;
}

base::Status add_examples(const BlendSplit& split, const std::vector<std::int32_t>& users,
                          std::vector<BlendExample>& examples, base::Work& work) {
  const base::UnixMillis now = newest(split.split->rest);
  const std::size_t first = examples.size();
  examples.resize(first + users.size());
  std::vector<Scratch> scratch(static_cast<std::size_t>(work.pool.size()),
                               Scratch(split.parts.size(), split.split->rest.items()));
  work.progress.begin("weighing the parts", users.size());
  work.pool.parallel_for(users.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
    for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
      BlendExample& example = examples[first + i];
      example = make_example(split.parts, *split.split, users[i], now, scratch[static_cast<std::size_t>(worker)]);
      example.odd = i % 2 != 0;
    }
    work.progress.advance(end - begin);
  });
  work.progress.end();
  return work.check();
}

// Which parts may have weight.
using Used = std::vector<std::uint8_t>;

// What was learnt last of the same users, to go on from.
struct Known {
  explicit Known(std::size_t parts) : all(parts, 1.0), even(parts, 1.0), odd(parts, 1.0) {}
  std::vector<double> all, even, odd;
};

// Of every example under the weights that it is given.
template <class WeightsOf>
std::vector<double> ndcg_of(const std::vector<BlendExample>& examples, base::ThreadPool& pool,
                            const WeightsOf& weights_of) {
  std::vector<double> values(examples.size());
  pool.parallel_for(examples.size(), kChunk, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) values[i] = blended_ndcg(examples[i], weights_of(i));
  });
  return values;
}

// NDCG of every example under weights learnt from the other half of the users.
std::vector<double> cross_fitted_ndcg(const std::vector<BlendExample>& examples, const Used& used, Known& known,
                                      base::ThreadPool& pool) {
  known.even = learn_weights(examples, used, Learners::kEven, known.even, pool);
  known.odd = learn_weights(examples, used, Learners::kOdd, known.odd, pool);
  return ndcg_of(examples, pool,
                 [&](std::size_t i) -> std::span<const double> { return examples[i].odd ? known.even : known.odd; });
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
base::Result<std::vector<double>> prune(const std::vector<BlendExample>& examples, Used& used, base::Work& work) {
  Known known(used.size());
  std::vector<double> values = cross_fitted_ndcg(examples, used, known, work.pool);
  std::vector<double> best = values;
  while (std::count(used.begin(), used.end(), 1) > 1) {
    MLA_CHECK(work.check());
    known.all = learn_weights(examples, used, Learners::kAll, known.all, work.pool);
    std::size_t lightest = used.size();
    for (std::size_t p = 0; p < used.size(); ++p) {
      if (used[p] != 0 && (lightest == used.size() || known.all[p] < known.all[lightest])) lightest = p;
    }
    used[lightest] = 0;
    std::vector<double> without = cross_fitted_ndcg(examples, used, known, work.pool);
    const Gain cost = gain_of(best, without);
    if (cost.mean > 0 && cost.mean >= cost.error) {
      used[lightest] = 1;
      break;
    }
    if (cost.mean < 0) best = without;
    values = std::move(without);
  }
  return values;
}

// Moves the weights towards the best part alone as far as that costs less than one standard error of the mean NDCG
// against the best point on the way (the one-standard-error rule of Breiman et al., "Classification and Regression
// Trees", 1984): a held-out part of the past is not quite the future, and the best part is the safer guess.
std::vector<double> held_back(const std::vector<BlendExample>& examples, std::vector<double> weights,
                              std::size_t best_part, base::ThreadPool& pool) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::vector<double>> way;
  std::vector<std::vector<double>> values;
  std::vector<double> means;
  for (int step = 0; step < kStepsBack; ++step) {
    const double share = static_cast<double>(step) / kStepsBack;
    std::vector<double>& at = way.emplace_back(weights);
    for (double& weight : at) weight *= 1 - share;
    at[best_part] += share * total;
    values.push_back(ndcg_of(examples, pool, [&](std::size_t) -> std::span<const double> { return at; }));
    means.push_back(std::accumulate(values.back().begin(), values.back().end(), 0.0));
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
  const BlendSplit only{{parts.begin(), parts.end()}, &split};
  return learn_blend({&only, 1}, work);
}

base::Result<Blend> learn_blend(std::span<const BlendSplit> splits, base::Work& work) {
  const std::size_t parts = splits.front().parts.size();
  const std::vector<std::int32_t> users = judged_users(splits, work.seed);
  Blend blend;
  blend.users = users.size();
  blend.weights.assign(parts, 1.0F);
  blend.typical_bests.assign(parts, 1.0F);
  blend.part_ndcg.assign(parts, 0.0);
  if (users.empty()) return blend;

  std::vector<BlendExample> examples;
  for (const BlendSplit& split : splits) MLA_CHECK(add_examples(split, users, examples, work));

  const auto count = static_cast<double>(examples.size());
  for (std::size_t p = 0; p < parts; ++p) {
    double bests = 0;
    for (const BlendExample& example : examples) {
      bests += example.bests[p];
      blend.part_ndcg[p] += example.part_ndcg[p] / count;
    }
    blend.typical_bests[p] = static_cast<float>(bests / count);
  }
  blend.judged = users.size() >= kFewestUsers;
  if (!blend.judged) return blend;
  const auto best_part = static_cast<std::size_t>(std::max_element(blend.part_ndcg.begin(), blend.part_ndcg.end()) -
                                                  blend.part_ndcg.begin());

  Used used(parts, 1);
  work.progress.begin("choosing the parts", 1);
  MLA_ASSIGN(const std::vector<double> values, prune(examples, used, work));
  std::vector<double> best_alone;
  for (const BlendExample& example : examples) best_alone.push_back(example.part_ndcg[best_part]);
  const Gain gain = gain_of(values, best_alone);
  blend.ndcg = std::accumulate(values.begin(), values.end(), 0.0) / count;
  blend.gain = gain.mean;
  blend.gain_error = gain.error;

  blend.fell_back = !(gain.mean > gain.error);
  std::vector<double> weights(parts, 0.0);
  if (blend.fell_back) {
    weights[best_part] = 1;
  } else {
    weights = learn_weights(examples, used, Learners::kAll, std::vector<double>(used.size(), 1.0), work.pool);
    weights = held_back(examples, std::move(weights), best_part, work.pool);
  }
  work.progress.end();
  const double largest = *std::max_element(weights.begin(), weights.end());
  for (std::size_t p = 0; p < parts; ++p) blend.weights[p] = static_cast<float>(weights[p] / largest);
  return blend;
}

}  // namespace mla::models
