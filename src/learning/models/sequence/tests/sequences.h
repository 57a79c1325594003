#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/random.h"
#include "learning/models/algorithms.h"

// Listeners with an order, for the tests of sequential recommenders.
namespace mla::models::sequences {

struct Play {
  std::int32_t item;
  base::UnixMillis time;
};

// One list of plays a listener, in any order.
inline TrainingData data_of(std::int32_t items, const std::vector<std::vector<Play>>& listeners) {
  TrainingData data;
  data.interactions.rows = static_cast<std::int32_t>(listeners.size());
  data.interactions.cols = items;
  for (std::vector<Play> plays : listeners) {
    std::sort(plays.begin(), plays.end(), [](const Play& a, const Play& b) { return a.item < b.item; });
    for (const Play& play : plays) {
      data.interactions.columns.push_back(play.item);
      data.interactions.values.push_back(1);
      data.times.push_back(play.time);
    }
    data.interactions.offsets.push_back(static_cast<std::int64_t>(data.interactions.columns.size()));
  }
  return data;
}

// Oldest first, one millisecond apart.
inline TrainingData data_in_order(std::int32_t items, const std::vector<std::vector<std::int32_t>>& listeners) {
  std::vector<std::vector<Play>> plays;
  for (const auto& listener : listeners) {
    plays.emplace_back();
    for (const std::int32_t item : listener) {
      plays.back().push_back({item, static_cast<base::UnixMillis>(plays.back().size()) + 1});
    }
  }
  return data_of(items, plays);
}

inline std::vector<HistoryEntry> history_in_order(const std::vector<std::int32_t>& items) {
  std::vector<HistoryEntry> history;
  for (const std::int32_t item : items) {
    history.push_back({item, 1, static_cast<base::UnixMillis>(history.size()) + 1});
  }
  std::sort(history.begin(), history.end(), [](const auto& a, const auto& b) { return a.item < b.item; });
  return history;
}

// 40 items in a ring; listeners walk it from anywhere, now and then skip or jump. Plays are `step` apart.
inline std::vector<std::vector<std::int32_t>> ring_walks(std::int32_t listeners, std::uint64_t seed = 9) {
  base::Random random(seed);
  std::vector<std::vector<std::int32_t>> walks;
  for (std::int32_t u = 0; u < listeners; ++u) {
    std::vector<std::int32_t> walk;
    auto at = static_cast<std::int32_t>(random.below(40));
    for (int step = 0; step < 12; ++step) {
      if (std::find(walk.begin(), walk.end(), at) == walk.end()) walk.push_back(at);
      at = random.uniform() < 0.1 ? static_cast<std::int32_t>(random.below(40))
                                  : (at + (random.uniform() < 0.2 ? 2 : 1)) % 40;
    }
    walks.push_back(walk);
  }
  return walks;
}

inline std::unique_ptr<Recommender> fitted(const std::string& name, const TrainingData& data,
                                           const std::map<std::string, ParameterValue>& given = {}, int threads = 2) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  auto model = make_recommender(name, given).value();
  model->fit(data, work).value();
  return model;
}

inline std::vector<float> scores_of(const Recommender& model, const std::vector<HistoryEntry>& history) {
  std::vector<float> scores(static_cast<std::size_t>(model.items()), std::numeric_limits<float>::quiet_NaN());
  model.score({history, 0}, scores);
  return scores;
}

}  // namespace mla::models::sequences
