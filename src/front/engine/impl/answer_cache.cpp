#include "front/engine/impl/answer_cache.h"

#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "front/engine/impl/answer_bytes.h"
#include "front/engine/version.h"

namespace mla::engine {
namespace {

// Texts with their lengths, so that no two requests have one key.
class Key {
 public:
  void add(std::string_view text) { fmt::format_to(std::back_inserter(text_), "{}:{}\n", text.size(), text); }
  void add_optional(const std::optional<std::string>& text) {
    if (text) {
      add(*text);
    } else {
      text_ += "-\n";
    }
  }
  void add_all(const std::vector<std::string>& texts) {
    add_number(texts.size());
    for (const std::string& text : texts) add(text);
  }
  template <class Number>
  void add_number(Number number) {
    fmt::format_to(std::back_inserter(text_), "{}\n", number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// What answers depend on beside their keys: servers of one database may differ in it.
std::string scope_of(const config::RecommendationsSettings& settings) {
  Key scope;
  scope.add(kVersion);
  scope.add_number(settings.exclude_heard_days);
  scope.add_number(settings.items_per_artist);
  scope.add_number(settings.remember_shown);
  scope.add_number(settings.utc_offset_minutes);
  return scope.take();
}

}  // namespace

AnswerCache::HitRatio::HitRatio(telemetry::Metrics* metrics, std::string_view tier) {
  if (metrics != nullptr) gauge_ = metrics->gauge(telemetry::kCacheHitRatio, {{"cache_type", tier}});
}

void AnswerCache::HitRatio::count(bool hit) {
  const std::uint64_t questions = ++questions_;
  const std::uint64_t hits = hit ? ++hits_ : hits_.load();
  if (gauge_) gauge_->set(static_cast<double>(hits) / static_cast<double>(questions));
}

AnswerCache::AnswerCache(const config::Settings& settings, cache::SharedTier* shared, telemetry::Metrics* metrics)
    : memory_(metrics, "memory"),
      shared_(shared != nullptr ? metrics : nullptr, "redis"),
      answers_({.limits = {.entries = static_cast<std::size_t>(settings.cache.memory_entries),
                           .bytes = static_cast<std::size_t>(settings.cache.memory_mb) << 20},
                .seconds = settings.cache.memory_ttl,
                .observe = [this](cache::Outcome outcome) { memory_.count(outcome != cache::Outcome::kMiss); }},
               {.tier = shared,
                .scope = scope_of(settings.recommendations),
                .seconds = settings.performance.cache_ttl,
                .encode = encode_answer,
                .decode = decode_answer,
                .observe = [this](bool found) { shared_.count(found); }}) {}

std::string AnswerCache::key(const recommend::Request& request, std::string_view answered_by, std::int64_t day,
                             const catalog::Catalog::Versions& versions) {
  Key key;
  key.add(answered_by);
  key.add_number(day);
  key.add_number(versions.items);
  key.add_number(versions.user);
  key.add(request.user.str());
  key.add_all(request.reference_tracks);
  key.add_number(request.references_in_order);
  key.add_all(request.less_like);
  key.add_optional(request.context.time_of_day);
  key.add_optional(request.context.day_of_week);
  key.add_optional(request.context.user_mood);
  key.add_number(request.context.listening_history);
  key.add(request.algorithm);
  key.add_number(request.knobs.diversity_factor);
  key.add_number(request.knobs.novelty_factor);
  key.add_number(request.knobs.popularity_bias);
  key.add_number(request.knobs.temporal_decay);
  key.add_number(request.limit);
  key.add_number(static_cast<int>(request.mode));
  key.add_number(request.owned_only);
  key.add_number(request.clean);
  key.add_number(request.remember_shown);
  return key.take();
}

std::size_t AnswerCache::size_of(const recommend::Answer& answer) {
  std::size_t bytes = sizeof(answer) + answer.model.capacity();
  for (const std::string& note : answer.notes) bytes += sizeof(std::string) + note.capacity();
  for (const recommend::Recommendation& one : answer.recommendations) {
    bytes += sizeof(one) + one.track_id.str().capacity() + one.track_name.capacity() + one.artist_name.capacity() +
             one.album.capacity() + one.recommendation_reason.capacity();
    for (const base::ItemId& id : one.evidence) bytes += sizeof(id) + id.str().capacity();
  }
  return bytes;
}

}  // namespace mla::engine
