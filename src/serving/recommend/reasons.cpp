#include "serving/recommend/reasons.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace mla::recommend {
namespace {

using models::Evidence;

constexpr std::size_t kItemsNamed = 2;
constexpr std::size_t kTagsNamed = 3;

struct Named {
  std::int32_t item;
  std::string title;
  const Heard* heard;
};

// "A", "A and B", "A, B and C".
std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::vector<std::string> titles(const std::vector<Named>& named) {
  std::vector<std::string> words;
  for (const Named& one : named) words.push_back(one.title);
  return words;
}

// What the listener did with these items, in words that are true of all of them.
std::string deed(const std::vector<Named>& named, double often) {
  const auto all = [&](auto predicate) { return std::all_of(named.begin(), named.end(), predicate); };
  if (all([](const Named& n) { return n.heard->reference; })) return "you asked for " + join(titles(named));
  if (all([](const Named& n) { return n.heard->liked; })) return "you liked " + join(titles(named));
  if (all([](const Named& n) { return n.heard->plays > 0; })) {
    const bool is_often = all([&](const Named& n) { return n.heard->plays >= often; });
    return "you played " + join(titles(named)) + (is_often ? " often" : "");
  }
  return "you know " + join(titles(named));
}

std::string popularity_text(float share, const training::Bundle& bundle) {
  if (bundle.learnt_alone) {
    const auto count = static_cast<int>(std::lround(static_cast<double>(share) * bundle.listeners));
    if (count == 0) return "nobody here has played it yet";
    if (bundle.listeners == 1) return "the one listener here has played it";
    return fmt::format("played by {} of the {} listeners here", count, bundle.listeners);
  }
  const double percent = static_cast<double>(share) * 100;
  if (percent < 1) return "played by fewer than 1 % of the listeners here";
  return fmt::format("played by {:.0f} % of the listeners here", percent);
}

class Wording {
 public:
  Wording(const training::Bundle& bundle, const Profile& profile, FactsCache& facts)
      : bundle_(bundle), profile_(profile), facts_(facts) {}

  base::Result<Reason> word(const std::vector<Evidence>& evidence, std::int32_t item) {
    std::vector<std::string> phrases;
    for (const Evidence& fact : evidence) {
      if (fact.kind == Evidence::Kind::kPopular || worded(fact.kind)) continue;
      MLA_ASSIGN(std::string phrase, phrase_of(fact, evidence));
      if (!phrase.empty()) phrases.push_back(std::move(phrase));
      if (phrases.size() == 2) break;
    }
    Reason reason;
    reason.text = phrases.empty() ? popularity_text(bundle_.item_popularity[static_cast<std::size_t>(item)], bundle_)
                  : phrases.size() == 1 ? phrases[0]
                                        : phrases[0] + "; " + phrases[1];
    reason.facts = std::move(facts_named_);
    for (const std::int32_t named : named_) {
      reason.evidence.emplace_back(bundle_.item_ids[static_cast<std::size_t>(named)]);
    }
    return reason;
  }

 private:
  bool worded(Evidence::Kind kind) {
    if (std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end()) return true;
    kinds_.push_back(kind);
    return false;
  }

  const Heard* find_heard(std::int32_t item) const {
    const auto found = std::lower_bound(profile_.heard.begin(), profile_.heard.end(), item,
                                        [](const Heard& heard, std::int32_t id) { return heard.item < id; });
    return found != profile_.heard.end() && found->item == item ? &*found : nullptr;
  }

  base::Result<std::vector<Named>> name(const std::vector<std::int32_t>& items) {
    MLA_ASSIGN(const auto facts, facts_.get(items));
    std::vector<Named> named;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Heard* heard = find_heard(items[i]);
      if (heard == nullptr) continue;
      named.push_back({items[i], facts[i]->title, heard});
      if (std::find(named_.begin(), named_.end(), items[i]) == named_.end()) named_.push_back(items[i]);
    }
    return named;
  }

  base::Result<std::string> phrase_of(const Evidence& first, const std::vector<Evidence>& all) {
    std::vector<std::int32_t> items;
    std::vector<std::string> tags;
    for (const Evidence& fact : all) {
      if (fact.kind != first.kind) continue;
      const std::int32_t item = fact.kind == Evidence::Kind::kSharedTag ? fact.via : fact.id;
      if (fact.kind == Evidence::Kind::kSharedTag) {
        if (fact.via != first.via || tags.size() == kTagsNamed) continue;  // one item, the tags shared with it
        tags.emplace_back(bundle_.tag_names[static_cast<std::size_t>(fact.id)]);
      } else if (items.size() == kItemsNamed) {
        continue;
      }
      if (find_heard(item) != nullptr) facts_named_.push_back(fact);
      if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
    }
    MLA_ASSIGN(const std::vector<Named> named, name(items));
    if (named.empty()) return std::string();
    switch (first.kind) {
      case Evidence::Kind::kCoListening:
        if (bundle_.learnt_alone) {
          return fmt::format("because {}; {} played in the same sessions", deed(named, profile_.often),
                             named.size() > 1 ? "these are" : "the two are");
        }
        return fmt::format("because {}; {} listeners also play this", deed(named, profile_.often),
                           named.size() > 1 ? "their" : "its");
      case Evidence::Kind::kSharedTag:
        return fmt::format("shares the tag{} {} with {}", tags.size() > 1 ? "s" : "", join(tags), named[0].title);
      case Evidence::Kind::kSameArtist:
        return fmt::format("by the artist of {}", join(titles(named)));
      case Evidence::Kind::kSoundsLike:
        return fmt::format("sounds like {}", join(titles(named)));
      case Evidence::Kind::kPopular:
        break;
    }
    return std::string();
  }

  const training::Bundle& bundle_;
  const Profile& profile_;
  FactsCache& facts_;
  std::vector<Evidence::Kind> kinds_;
  std::vector<std::int32_t> named_;
  std::vector<Evidence> facts_named_;
};

}  // namespace

base::Result<Reason> word_reason(const training::Bundle& bundle, const Profile& profile, std::int32_t item,
                                 const std::vector<models::Evidence>& evidence, FactsCache& facts) {
  return Wording(bundle, profile, facts).word(evidence, item);
}

}  // namespace mla::recommend
