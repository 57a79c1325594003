#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/models/recommender.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/options.h"
#include "serving/recommend/request.h"

namespace mla::recommend {

// What the reasons may say about an item of the history.
struct Heard {
  std::int32_t item;
  double plays = 0;
  bool liked = false;
  bool reference = false;  // named in the request, not in the history
};

// A listener as a request sees it.
struct Profile {
  std::vector<models::HistoryEntry> history;  // items ascend; known to the model, liked on balance, decayed
  std::vector<Heard> heard;                   // parallel to `history`
  std::vector<std::int32_t> blocked;          // ascending: heard lately, disliked, banned, or a reference
  double often = 0;                           // plays from which "often" is true of this listener

  models::Listener listener(base::UnixMillis now) const { return {history, now}; }
};

// Reads the listener's events and the references. Adds to `notes` what the caller should know.
base::Result<Profile> make_profile(const Request& request, const catalog::Catalog& catalog,
                                   const training::Bundle& bundle, const Options& options, base::UnixMillis now,
                                   std::vector<std::string>& notes);

// The same from events at hand, newest first; separate so that it can be tested without a database.
Profile profile_of(std::span<const catalog::Event> events, std::span<const std::int32_t> references,
                   const training::Bundle& bundle, const Options& options, double temporal_decay, base::UnixMillis now);

}  // namespace mla::recommend
