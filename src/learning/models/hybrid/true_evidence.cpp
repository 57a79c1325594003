#include "learning/models/hybrid/true_evidence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

namespace mla::models {
namespace {

// A loss below this share of the score is not worth naming, and within what effects() may be off.
constexpr double kLeastShare = 0.002;

// A share of a score that may be left by rounding where nothing is left: divided by the best of such, it would be much.
constexpr float kRounding = 1e-5F;

using Key = std::tuple<Evidence::Kind, std::int32_t, std::int32_t>;

Key key_of(const Evidence& fact) { return {fact.kind, fact.id, fact.via}; }

bool of_content(const Evidence& fact) {
  return fact.kind == Evidence::Kind::kSharedTag || fact.kind == Evidence::Kind::kSameArtist;
}

std::int32_t history_item(const Evidence& fact) { return fact.kind == Evidence::Kind::kSharedTag ? fact.via : fact.id; }

Evidence co_listening(std::int32_t item) { return {Evidence::Kind::kCoListening, item, 0}; }

class Truth {
 public:
  Truth(std::span<const BlendPart> parts, const Listener& listener, std::span<const std::int32_t> items,
        std::span<const std::int32_t> marks)
      : parts_(parts), items_(items), probes_(items.begin(), items.end()) {
    for (const std::int32_t mark : marks) {
      if (std::find(probes_.begin(), probes_.end(), mark) == probes_.end()) probes_.push_back(mark);
    }
    for (const std::int32_t probe : probes_) {
      unheard_.push_back(
          !std::binary_search(listener.history.begin(), listener.history.end(), HistoryEntry{probe, 0},
                              [](const HistoryEntry& a, const HistoryEntry& b) { return a.item < b.item; }));
    }
    collect();
    lost_ = math::Matrix(facts_.size(), items.size());
    scores_.resize(items.size());
    for (const BlendPart& part : parts) add(part, listener);
  }

  std::vector<Evidence> of(std::size_t i, std::size_t limit) const {
    std::vector<Evidence> kept;
    for (const auto& [key, proposed] : proposed_[i]) {
      Evidence fact = proposed;
      if (fact.kind != Evidence::Kind::kPopular) {
        if (history_item(fact) == items_[i]) continue;
        double lost = lost_(index_.at(key), i);
        if (of_content(fact)) {
          lost = std::min<double>(lost, lost_(index_.at(key_of(co_listening(history_item(fact)))), i));
        }
        if (!(lost > kLeastShare * scores_[i])) continue;
        fact.contribution = static_cast<float>(lost);
      }
      kept.push_back(fact);
    }
    std::stable_sort(kept.begin(), kept.end(),
                     [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
    kept.resize(std::min(kept.size(), limit));
    return kept;
  }

 private:
  // Every fact once, and for each item what was proposed.
  void collect() {
    proposed_.resize(items_.size());
    for (const BlendPart& part : parts_) {
      for (std::size_t i = 0; i < items_.size(); ++i) {
        for (const Evidence& fact : part.proposed[i]) {
          Evidence& same =
              proposed_[i].try_emplace(key_of(fact), Evidence{fact.kind, fact.id, 0, fact.via}).first->second;
          same.contribution += fact.contribution * part.weight / part.typical_best;
          if (fact.kind == Evidence::Kind::kPopular) continue;
          number(fact);
          if (of_content(fact)) number(co_listening(history_item(fact)));
        }
      }
    }
  }

  void number(const Evidence& fact) {
    if (index_.try_emplace(key_of(fact), facts_.size()).second) facts_.push_back(fact);
  }

  float best(std::span<const float> scores) const {
    float best = 0;
    for (std::size_t j = 0; j < probes_.size(); ++j) {
      if (unheard_[j]) best = std::max(best, scores[j]);
    }
    return best;
  }

  void add(const BlendPart& part, const Listener& listener) {
    const std::optional<Effects> effects = part.model->effects(listener, facts_, probes_);
    if (!effects) return add_proposed(part);
    const float scale = best(effects->scores);
    if (!(scale > 0)) return;  // adds nothing to any score
    for (std::size_t i = 0; i < items_.size(); ++i) {
      scores_[i] += static_cast<double>(part.weight * std::max(0.0F, effects->scores[i]) / scale);
    }
    std::vector<float> without(probes_.size());
    for (std::size_t f = 0; f < facts_.size(); ++f) {
      const auto lost = effects->lost.row(f);
      if (std::all_of(lost.begin(), lost.end(), [](float v) { return v == 0; })) continue;
      for (std::size_t j = 0; j < probes_.size(); ++j) {
        without[j] = effects->scores[j] - lost[j];
        if (std::abs(without[j]) <= kRounding * std::abs(effects->scores[j])) without[j] = 0;
      }
      const float scale_without = best(without);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        const float before = std::max(0.0F, effects->scores[i]) / scale;
        const float after = scale_without > 0 ? std::max(0.0F, without[i]) / scale_without : 0.0F;
        lost_(f, i) += part.weight * (before - after);
      }
    }
  }

  // As far as the part itself says, at its usual scale.
  void add_proposed(const BlendPart& part) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      for (const Evidence& fact : part.proposed[i]) {
        if (fact.kind == Evidence::Kind::kPopular) continue;
        lost_(index_.at(key_of(fact)), i) += fact.contribution * part.weight / part.typical_best;
      }
    }
  }

  std::span<const BlendPart> parts_;
  std::span<const std::int32_t> items_;
  std::vector<std::int32_t> probes_;  // the items, then the marks that are not among them
  std::vector<bool> unheard_;         // of each probe
  std::vector<Evidence> facts_;
  std::map<Key, std::size_t> index_;               // of a fact
  std::vector<std::map<Key, Evidence>> proposed_;  // for each item, as the parts weigh it
  math::Matrix lost_;                              // facts × items: of the blended score
  std::vector<double> scores_;                     // blended
};

}  // namespace

std::vector<std::vector<Evidence>> true_evidence(std::span<const BlendPart> parts, const Listener& listener,
                                                 std::span<const std::int32_t> items,
                                                 std::span<const std::int32_t> marks, std::size_t limit) {
  const Truth truth(parts, listener, items, marks);
  std::vector<std::vector<Evidence>> answers;
  answers.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) answers.push_back(truth.of(i, limit));
  return answers;
}

}  // namespace mla::models
