#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "learning/training/model_bundle.h"
#include "serving/recommend/profile.h"
#include "serving/recommend/request.h"
#include "serving/recommend/rerank.h"

namespace mla::recommend {

// With circumstances, so many places of the model's ranking are looked at: an item that fits may stand far down.
inline constexpr std::size_t kCircumstancePool = 500;

// What time of day, weekday and mood of a request do to its candidates:
//   log-odds(i) = those of the calibration + occasion weight · log lift of the occasion
//                 + log lift of the mood by tags + lift of the mood by sound
// (learning/training/context/). The order becomes that of the log-odds; the scores stay where they were, so that
// diversity and the other knobs mean the same with and without circumstances. Where all candidates score alike, as for
// a listener of whom nothing is known, the circumstances alone decide: the log-odds become the scores.
class Circumstances {
 public:
  // Adds to `notes` what was named and changes nothing. `bundle` must outlive it.
  Circumstances(const Context& context, const training::Bundle& bundle, const Profile& profile,
                std::vector<std::string>& notes);

  bool any() const { return occasions_.any() || !mood_.empty() || sound_mood_ >= 0; }
  // Puts candidates, which come in the model's order, into the new one, and leaves the first `keep`.
  void apply(std::vector<Candidate>& pool, std::size_t keep);
  // Of an item that was in the pool.
  double confidence(std::int32_t item) const;
  // What raised the item's log-odds, in words for a reason ("you often hear Air on Friday evenings"); empty if nothing
  // did. `artist` may be empty.
  std::string reason(std::int32_t item, std::string_view artist) const;

 private:
  struct Effect {
    double log_odds = 0;
    float general = 0;
    float own = 0;
    training::MoodLift mood;
    float sound = 0;  // of the mood
  };
  Effect effect_on(const Candidate& candidate, int rank, const training::ListenerOccasions& listener) const;

  const training::Bundle& bundle_;
  const Profile& profile_;
  training::Occasions occasions_;  // none: not asked, or nothing was learnt
  std::span<const float> mood_;
  int sound_mood_ = -1;  // column of bundle.context.sound_moods; -1: sound says nothing
  std::string when_;     // "on Friday evenings"
  std::string mood_name_;
  std::map<std::int32_t, Effect> effects_;
  std::map<std::int32_t, training::ListenerOccasions::Plays> plays_;
};

}  // namespace mla::recommend
