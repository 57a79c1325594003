#include "learning/models/recommender.h"

namespace mla::models {

void Recommender::score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                              base::ThreadPool& pool) const {
  pool.parallel_for(listeners.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) score(listeners[i], scores.row(i));
  });
}

}  // namespace mla::models
