#include "serving/recommend/recommend.h"

#include <algorithm>
#include <ranges>

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

// How far days of this listener begin behind midnight UTC.
base::UnixMillis start_of_day(const base::UserId& user, const Options& options) {
  constexpr base::UnixMillis kHour = 3600 * base::kMillisPerSecond;
  const auto own = static_cast<base::UnixMillis>(XXH3_64bits(user.str().data(), user.str().size()) %
                                                 static_cast<std::uint64_t>(2 * kHour));
  return 3 * kHour + own - options.utc_offset_minutes * 60 * base::kMillisPerSecond;
}

base::UnixMillis end_of_day(base::UnixMillis now, const base::UserId& user, const Options& options) {
  return (listener_day(now, user, options) + 1) * base::kMillisPerDay + start_of_day(user, options);
}

// What only some items pass.
struct Sieve {
  bool owned_only = false;
  bool clean = false;
  bool any() const { return owned_only || clean; }
  bool passes(const ItemFacts& facts) const {
    return facts.in_catalogue && (!owned_only || facts.has_file) && (!clean || !facts.is_explicit);
  }
};

ItemSpaces spaces_of(const models::Recommender& model, const training::Bundle& bundle) {
  return {model.item_vectors(), bundle.item_tags, model.item_sounds()};
}

void set_shown(std::span<Candidate> pool, std::span<const Shown> shown, const training::Bundle& bundle) {
  for (const Shown& one : shown) {
    const auto item = bundle.find_item(one.item.str());
    if (!item) continue;
    const auto at = std::ranges::find(pool, *item, &Candidate::item);
    if (at != pool.end()) at->shown = one.weight;
  }
}

// How many of the model's best are looked at: more where much of them may be pushed back.
std::size_t depth_of(const Request& request, bool circumstances) {
  auto depth = static_cast<std::size_t>(std::max(kLeastPool, kPoolFactor * request.limit));
  while (2 * request.shown.size() > depth) depth *= 2;
  return circumstances || !request.less_like.empty() ? std::max(depth, kCircumstancePool) : depth;
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

  // The best items that may be recommended and are in the catalogue; with a sieve, as many looked at as it takes.
  base::Result<std::vector<Candidate>> candidates(const Sieve& sieve) {
    for (;;) {
      if (!opinion_) opinion_ = std::make_shared<const Opinion>(form_opinion());
      MLA_ASSIGN(std::vector<Candidate> pool, pool_of(sieve));
      if (!sieve.any() || pool.size() >= static_cast<std::size_t>(kLeastPool) || opinion_->best.size() < depth_) {
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
  base::Result<std::vector<Candidate>> pool_of(const Sieve& sieve) const {
    std::vector<std::int32_t> items;
    for (const math::Scored& scored : opinion_->best) items.push_back(scored.index);
    MLA_ASSIGN(const auto facts, facts_.get(items));
    std::vector<Candidate> pool;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!sieve.passes(*facts[i])) continue;
      const auto index = static_cast<std::size_t>(items[i]);
      pool.push_back(
          {items[i], opinion_->best[i].score, static_cast<int>(pool.size()), bundle_.item_popularity[index], facts[i]});
    }
    set_aversion(pool, profile_.averse, spaces_of(model_, bundle_));
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
  if (request.clean) return "nothing is left that is not tagged explicit";
  if (request.owned_only)
    return "no item with a file is left: import a catalogue with paths, or ask without owned-only";
  if (request.mode == Mode::kFamiliar) return "nothing familiar is left: everything known was heard lately";
  if (request.mode == Mode::kDiscover) return "nothing is left to discover: every artist was heard";
  return "nothing is left: everything was heard lately or turned down";
}

}  // namespace

std::int64_t listener_day(base::UnixMillis now, const base::UserId& user, const Options& options) {
  const base::UnixMillis since = now - start_of_day(user, options);
  return since / base::kMillisPerDay - (since % base::kMillisPerDay < 0 ? 1 : 0);
}

namespace {

base::Result<Answer> answer_of(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
                               const Options& options, base::UnixMillis now) {
  now = end_of_day(now, request.user, options);
  Answer answer;
  MLA_ASSIGN(Profile profile, make_profile(request, catalog, bundle, options, now, answer.notes));
  if (profile.history.empty()) answer.notes.emplace_back("nothing to go by: what most listeners play comes first");
  if (bundle.learnt_alone) {
    answer.notes.push_back(
        fmt::format("learnt from sessions, tags, artists and sound: {} listener{} too few to compare", bundle.listeners,
                    bundle.listeners == 1 ? " is" : "s are"));
  }
  restrict_to(request.mode, bundle, profile);
  Circumstances circumstances(request.context, bundle, profile, answer.notes);
  Answering answering(bundle, model, facts, opinions, profile, now, depth_of(request, circumstances.any()));
  MLA_ASSIGN(std::vector<Candidate> pool, answering.candidates({request.owned_only, request.clean}));
  circumstances.apply(pool, depth_of(request, false));
  set_shown(pool, request.shown, bundle);
  const Similarity similarity = make_similarity(pool, spaces_of(model, bundle));
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

}  // namespace

base::Result<Answer> recommend(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
                               const Options& options, base::UnixMillis now) {
  try {
    return answer_of(request, catalog, bundle, model, facts, opinions, options, now);
  } catch (const base::Failure& failure) {  // the model's
    return failure.error();
  }
}

}  // namespace mla::recommend
