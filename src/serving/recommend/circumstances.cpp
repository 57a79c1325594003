#include "serving/recommend/circumstances.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace mla::recommend {
namespace {

constexpr int kOftenThen = 3;            // plays then from which "you often hear" is said
constexpr float kWorthSaying = 0.1823F;  // ln 1.2: a fifth more than usual
constexpr float kClearSound = 0.5F;      // standard deviations above the library from which it is said

std::string capital(std::string word) {
  if (!word.empty()) word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

// "on Friday evenings", "in the evening", "on Fridays", "at weekends".
std::string when(const Context& context) {
  const std::string part = context.time_of_day.value_or("");
  const std::string day = context.day_of_week.value_or("");
  if (day.empty()) return part == "noon" || part == "night" ? "at " + part : "in the " + part;
  const std::string name = day == "weekday" || day == "weekend" ? day : capital(day);
  if (part.empty()) return day == "weekend" ? "at weekends" : fmt::format("on {}s", name);
  return part == "noon" ? fmt::format("on {}s at noon", name) : fmt::format("on {} {}s", name, part);
}

}  // namespace

Circumstances::Circumstances(const Context& context, const training::Bundle& bundle, const Profile& profile,
                             std::vector<std::string>& notes)
    : bundle_(bundle), profile_(profile) {
  if (context.time_of_day || context.day_of_week) {
    if (bundle.context.occasions.weight > 0) {
      occasions_ = training::occasions_of(context.time_of_day, context.day_of_week);
      when_ = when(context);
    } else {
      notes.emplace_back("time of day and weekday change nothing: this model found no difference in what is played");
    }
  }
  if (context.user_mood) {
    mood_ = bundle.context.moods.find(*context.user_mood);
    sound_mood_ = bundle.context.sound_moods.find(*context.user_mood);
    mood_name_ = *context.user_mood;
    if (mood_.empty() && sound_mood_ < 0) {
      notes.push_back(fmt::format("mood '{}' changes nothing: {}", mood_name_,
                                  bundle.tag_names.size() == 0 && bundle.context.sound_moods.names.empty()
                                      ? "no item has tags, and no file was analysed"
                                      : "nobody has said what it means"));
    }
  }
}

Circumstances::Effect Circumstances::effect_on(const Candidate& candidate, int rank,
                                               const training::ListenerOccasions& listener) const {
  Effect effect;
  // Without a calibration, places stand for chances.
  effect.log_odds = bundle_.calibration.probabilities.empty() ? -std::log(rank + 1.0)
                                                              : bundle_.calibration.log_odds(rank, candidate.score);
  if (occasions_.any()) {
    const auto lift = listener.log_lift(candidate.item, occasions_);
    effect.general = lift.general;
    effect.own = lift.own;
    effect.log_odds += static_cast<double>(bundle_.context.occasions.weight * (lift.general + lift.own));
  }
  effect.mood = training::mood_lift(mood_, bundle_.item_tags, candidate.item);
  if (sound_mood_ >= 0) {
    effect.sound = bundle_.context.sound_moods.lift(static_cast<std::size_t>(candidate.item), sound_mood_);
  }
  effect.log_odds += static_cast<double>(effect.mood.log_lift + effect.sound);
  return effect;
}

void Circumstances::apply(std::vector<Candidate>& pool, std::size_t keep) {
  if (!any() || pool.empty()) return;
  const bool level = pool.front().score == pool.back().score;  // the model has no opinion, and places say nothing
  const training::ListenerOccasions listener(bundle_.context.occasions.lifts, bundle_.item_artists, bundle_.item_tags,
                                             profile_.listens);
  std::vector<float> scores;
  for (const Candidate& candidate : pool) {
    scores.push_back(candidate.score);
    effects_[candidate.item] = effect_on(candidate, level ? 0 : candidate.rank, listener);
    if (occasions_.any()) plays_[candidate.item] = listener.plays(candidate.item, occasions_);
  }
  std::stable_sort(pool.begin(), pool.end(), [&](const Candidate& a, const Candidate& b) {
    return effects_.at(a.item).log_odds > effects_.at(b.item).log_odds;
  });
  pool.resize(std::min(pool.size(), keep));
  for (std::size_t i = 0; i < pool.size(); ++i) {
    pool[i].score = level ? static_cast<float>(effects_.at(pool[i].item).log_odds) : scores[i];
    pool[i].rank = static_cast<int>(i);
  }
}

double Circumstances::confidence(std::int32_t item) const {
  return bundle_.calibration.probabilities.empty() ? 0 : 1 / (1 + std::exp(-effects_.at(item).log_odds));
}

std::string Circumstances::reason(std::int32_t item, std::string_view artist) const {
  if (!any()) return "";
  const Effect& effect = effects_.at(item);
  std::string text;
  if (occasions_.any()) {
    if (effect.own > kWorthSaying && plays_.at(item).then >= kOftenThen) {
      text = fmt::format("you often hear {} {}", artist.empty() ? "this" : artist, when_);
    } else if (effect.general > kWorthSaying) {
      text = fmt::format("played more {} than at other times", when_);
    }
  }
  if (effect.mood.log_lift > 0 && effect.mood.tag >= 0) {
    text += fmt::format("{}tagged {}, for a {} mood", text.empty() ? "" : "; ",
                        bundle_.tag_names[static_cast<std::size_t>(effect.mood.tag)], mood_name_);
  }
  if (effect.sound > kClearSound)
    text += fmt::format("{}sounds right for a {} mood", text.empty() ? "" : "; ", mood_name_);
  return text;
}

}  // namespace mla::recommend
