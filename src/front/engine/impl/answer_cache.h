#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/cache/cache.h"
#include "foundation/cache/shared_tier.h"
#include "foundation/config/settings.h"
#include "foundation/telemetry/metrics.h"
#include "knowledge/catalog/catalog.h"
#include "serving/recommend/request.h"

namespace mla::engine {

// Answers to requests that were asked before. The key holds all that an answer depends on, so nothing has to be
// invalidated: who answers (a version of a model, a side of an experiment), the listener's day, what the catalogue's
// versions say of items and listener, and every word of the request. Thread-safe.
class AnswerCache {
 public:
  using Answers = cache::Cache<recommend::Answer>;

  // Bounded and kept as `settings` says, in memory and in `shared`, if there is one. The share of hits of both is
  // written to `metrics`, if there are any.
  AnswerCache(const config::Settings& settings, cache::SharedTier* shared, telemetry::Metrics* metrics);

  // `answered_by` names it exactly. Request::shown is not part of the key: listener and day give it.
  static std::string key(const recommend::Request& request, std::string_view answered_by, std::int64_t day,
                         const catalog::Catalog::Versions& versions);

  // `make()` answers a base::Result<recommend::Answer>. What another model than `model` ("hybrid/3") answered, because
  // that one failed, is not kept.
  template <class Make>
  base::Result<Answers::Pointer> get(std::string_view key, std::string_view model, Make&& make) {
    return answers_.get(key, make, [model](const recommend::Answer& answer) -> std::optional<std::size_t> {
      if (answer.model != model) return std::nullopt;
      return size_of(answer);
    });
  }

  // The answer that is kept, however old; null if there is none.
  Answers::Pointer peek(std::string_view key) { return answers_.peek(key); }

  // Keeps nothing of what anybody was told.
  void forget() { answers_.clear(); }

 private:
  // The share of questions that one tier answered.
  class HitRatio {
   public:
    HitRatio(telemetry::Metrics* metrics, std::string_view tier);
    void count(bool hit);

   private:
    std::optional<telemetry::Gauge> gauge_;
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> questions_{0};
  };

  static std::size_t size_of(const recommend::Answer& answer);

  HitRatio memory_;
  HitRatio shared_;
  Answers answers_;  // last: it counts in the others
};

}  // namespace mla::engine
