#include "learning/models/recommender.h"

namespace mla::models {

void Recommender::best(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
                       std::vector<math::Scored>& best) const {
  std::vector<float> scores(static_cast<std::size_t>(items()));
  score(listener, scores);
  math::top_k(scores, excluded, k, best);
}

void Recommender::score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                              base::ThreadPool& pool) const {
  pool.parallel_for(listeners.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) score(listeners[i], scores.row(i));
  });
}

std::vector<std::vector<Evidence>> Recommender::explain_batch(const Listener& listener,
                                                              std::span<const std::int32_t> items,
                                                              std::size_t limit) const {
  std::vector<std::vector<Evidence>> answers;
  answers.reserve(items.size());
  for (const std::int32_t item : items) answers.push_back(explain(listener, item, limit));
  return answers;
}

}  // namespace mla::models
