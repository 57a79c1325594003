#include "serving/recommend/recommend.h"

#include <algorithm>

#include "foundation/math/top_k.h"
#include "serving/recommend/profile.h"
#include "serving/recommend/reasons.h"
#include "serving/recommend/rerank.h"

namespace mla::recommend {
namespace {

// Re-ranking looks at this many times the items asked for, so that filters and diversity have a choice.
constexpr int kPoolFactor = 5;
constexpr int kLeastPool = 100;

// The best items for the listener that may be recommended, with their facts.
base::Result<std::vector<Candidate>> candidates(const training::Bundle& bundle, const models::Recommender& model,
                                                const Profile& profile, FactsCache& cache, base::UnixMillis now,
                                                int limit) {
  thread_local std::vector<float> scores;
  thread_local std::vector<math::Scored> best;
  scores.resize(static_cast<std::size_t>(bundle.items()));
  model.score(profile.listener(now), scores);
  math::top_k(scores, profile.blocked, static_cast<std::size_t>(std::max(kLeastPool, kPoolFactor * limit)), best);

  std::vector<std::int32_t> items;
  for (const math::Scored& scored : best) items.push_back(scored.index);
  MLA_ASSIGN(const auto facts, cache.get(items));
  std::vector<Candidate> pool;
  for (std::size_t i = 0; i < best.size(); ++i) {
    if (!facts[i]->in_catalogue) continue;
    const auto index = static_cast<std::size_t>(best[i].index);
    pool.push_back(
        {best[i].index, best[i].score, static_cast<int>(pool.size()), bundle.item_popularity[index], facts[i]});
  }
  return pool;
}

}  // namespace

base::Result<Answer> recommend(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, const Options& options,
                               base::UnixMillis now) {
  Answer answer;
  MLA_ASSIGN(const Profile profile, make_profile(request, catalog, bundle, options, now, answer.notes));
  if (profile.history.empty()) answer.notes.emplace_back("nothing to go by: what most listeners play comes first");
  MLA_ASSIGN(const std::vector<Candidate> pool, candidates(bundle, model, profile, facts, now, request.limit));
  const Similarity similarity = make_similarity(pool, model.item_vectors(), bundle.item_tags);
  const std::vector<Candidate> chosen = rerank(pool, request.knobs, options, similarity, request.limit);
  std::vector<std::int32_t> items;
  for (const Candidate& candidate : chosen) items.push_back(candidate.item);
  MLA_ASSIGN(std::vector<Reason> reasons, explain(bundle, model, profile, now, items, facts));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Candidate& candidate = chosen[i];
    answer.recommendations.push_back({base::ItemId(bundle.item_ids[static_cast<std::size_t>(candidate.item)]),
                                      candidate.facts->title, candidate.facts->artist, candidate.facts->album,
                                      bundle.calibration.probability(candidate.rank, candidate.score),
                                      std::move(reasons[i].text), std::move(reasons[i].evidence)});
  }
  return answer;
}

}  // namespace mla::recommend
