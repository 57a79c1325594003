#include "serving/recommend/recommend.h"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "serving/recommend/circumstances.h"
#include "serving/recommend/profile.h"
#include "serving/recommend/reasons.h"
#include "serving/recommend/rerank.h"

namespace mla::recommend {
namespace {

// Re-ranking looks at this many times the items asked for, so that filters and diversity have a choice.
constexpr int kPoolFactor = 5;
constexpr int kLeastPool = 100;

// Ages count in steps: no listener hears the difference, and an unchanged history stays the same question. Each
// listener has a step of their own, so that not everybody becomes a new question in the same second.
constexpr base::UnixMillis kAgeStep = 6 * 3600 * base::kMillisPerSecond;

base::UnixMillis end_of_step(base::UnixMillis now, const base::UserId& user) {
  const auto shift =
      static_cast<base::UnixMillis>(XXH3_64bits(user.str().data(), user.str().size()) % std::uint64_t{kAgeStep});
  return ((now + shift) / kAgeStep + 1) * kAgeStep - shift;
}

// One request: the model asked about one listener.
class Answering {
 public:
  Answering(const training::Bundle& bundle, const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
            const Profile& profile, base::UnixMillis now, std::size_t depth)
      : bundle_(bundle),
        model_(model),
        facts_(facts),
        opinions_(opinions),
        profile_(profile),
        now_(now),
        depth_(depth),
        key_(OpinionCache::key(model, profile, now, depth_)),
        opinion_(opinions.find(key_)) {}

  // The best items that may be recommended and are in the catalogue; with `owned_only`, as many looked at as it takes.
  base::Result<std::vector<Candidate>> candidates(bool owned_only) {
    for (;;) {
      if (!opinion_) opinion_ = std::make_shared<const Opinion>(form_opinion());
      MLA_ASSIGN(std::vector<Candidate> pool, pool_of(owned_only));
      if (!owned_only || pool.size() >= static_cast<std::size_t>(kLeastPool) || opinion_->best.size() < depth_) {
        return pool;
      }
      depth_ *= 4;
      key_ = OpinionCache::key(model_, profile_, now_, depth_);
      opinion_ = opinions_.find(key_);
    }
  }

  // REQUIRES: candidates() was called.
  base::Result<std::vector<Reason>> reasons(const std::vector<Candidate>& chosen) {
    explain_missing(chosen);
    std::vector<Reason> reasons;
    for (const Candidate& candidate : chosen) {
      MLA_ASSIGN(Reason reason,
                 word_reason(bundle_, profile_, candidate.item, opinion_->evidence.at(candidate.item), facts_));
      reasons.push_back(std::move(reason));
    }
    return reasons;
  }

 private:
  base::Result<std::vector<Candidate>> pool_of(bool owned_only) const {
    std::vector<std::int32_t> items;
    for (const math::Scored& scored : opinion_->best) items.push_back(scored.index);
    MLA_ASSIGN(const auto facts, facts_.get(items));
    std::vector<Candidate> pool;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!facts[i]->in_catalogue || (owned_only && !facts[i]->has_file)) continue;
      const auto index = static_cast<std::size_t>(items[i]);
      pool.push_back(
          {items[i], opinion_->best[i].score, static_cast<int>(pool.size()), bundle_.item_popularity[index], facts[i]});
    }
    set_aversion(pool, profile_.averse, model_.item_vectors(), bundle_.item_tags);
    return pool;
  }

  Opinion form_opinion() const {
    Opinion opinion;
    opinion.marks = model_.best_marked(profile_.listener(now_), profile_.blocked, depth_, opinion.best);
    return opinion;
  }

  // Adds the evidence of chosen items that were not asked about before, and keeps the opinion.
  void explain_missing(const std::vector<Candidate>& chosen) {
    std::vector<std::int32_t> missing;
    for (const Candidate& candidate : chosen) {
      if (opinion_->evidence.count(candidate.item) == 0) missing.push_back(candidate.item);
    }
    if (missing.empty()) return;
    auto facts = model_.explain_marked(profile_.listener(now_), missing, kFactsAsked, opinion_->marks);
    Opinion more = *opinion_;
    for (std::size_t i = 0; i < missing.size(); ++i) more.evidence[missing[i]] = std::move(facts[i]);
    opinion_ = std::make_shared<const Opinion>(std::move(more));
    opinions_.put(key_, opinion_);
  }

  const training::Bundle& bundle_;
  const models::Recommender& model_;
  FactsCache& facts_;
  OpinionCache& opinions_;
  const Profile& profile_;
  const base::UnixMillis now_;
  std::size_t depth_;
  OpinionCache::Key key_;
  std::shared_ptr<const Opinion> opinion_;
};

std::string nothing_left(const Request& request) {
  if (request.owned_only)
    return "no item with a file is left: import a catalogue with paths, or ask without owned-only";
  if (request.mode == Mode::kFamiliar) return "nothing familiar is left: everything known was heard lately";
  if (request.mode == Mode::kDiscover) return "nothing is left to discover: every artist was heard";
  return "nothing is left: everything was heard lately or turned down";
}

}  // namespace

base::Result<Answer> recommend(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
                               const Options& options, base::UnixMillis now) {
  now = end_of_step(now, request.user);
  Answer answer;
  MLA_ASSIGN(Profile profile, make_profile(request, catalog, bundle, options, now, answer.notes));
  if (profile.history.empty()) answer.notes.emplace_back("nothing to go by: what most listeners play comes first");
  if (bundle.learnt_alone) {
    answer.notes.push_back(fmt::format("learnt from sessions, tags and artists: {} listener{} too few to compare",
                                       bundle.listeners, bundle.listeners == 1 ? " is" : "s are"));
  }
  restrict_to(request.mode, bundle, profile);
  Circumstances circumstances(request.context, bundle, profile, answer.notes);
  const auto depth = static_cast<std::size_t>(std::max(kLeastPool, kPoolFactor * request.limit));
  Answering answering(bundle, model, facts, opinions, profile, now,
                      circumstances.any() ? std::max(depth, kCircumstancePool) : depth);
  MLA_ASSIGN(std::vector<Candidate> pool, answering.candidates(request.owned_only));
  circumstances.apply(pool, depth);
  const Similarity similarity = make_similarity(pool, model.item_vectors(), bundle.item_tags);
  const std::vector<Candidate> chosen = rerank(pool, request.knobs, options, similarity, request.limit);
  if (chosen.empty()) answer.notes.push_back(nothing_left(request));
  MLA_ASSIGN(std::vector<Reason> reasons, answering.reasons(chosen));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Candidate& candidate = chosen[i];
    const std::string why_now = circumstances.reason(candidate.item, candidate.facts->artist);
    if (!why_now.empty()) reasons[i].text = why_now + "; " + reasons[i].text;
    answer.recommendations.push_back({base::ItemId(bundle.item_ids[static_cast<std::size_t>(candidate.item)]),
                                      candidate.facts->title, candidate.facts->artist, candidate.facts->album,
                                      circumstances.any()
                                          ? circumstances.confidence(candidate.item)
                                          : bundle.calibration.probability(candidate.rank, candidate.score),
                                      std::move(reasons[i].text), std::move(reasons[i].evidence)});
  }
  return answer;
}

}  // namespace mla::recommend
