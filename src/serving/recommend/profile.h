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

// An item that the listener turned down.
struct Aversion {
  std::int32_t item;
  float strength;  // 1: disliked or banned; 1/2: skipped more often than heard; kLessLike: named as such
};

// What a request names in so many words counts twice what a dislike does.
inline constexpr float kLessLike = 2;

inline constexpr std::size_t kMostAverse = 50;

// A long history is bounded: so many of the newest events are read, and so many items with most weight are kept.
inline constexpr std::size_t kMostEvents = 5'000;
inline constexpr std::size_t kMostItems = 1'000;

// A listener as a request sees it.
struct Profile {
  std::vector<models::HistoryEntry> history;      // items ascend; known to the model, liked on balance, decayed
  std::vector<Heard> heard;                       // parallel to `history`
  std::vector<std::int32_t> blocked;              // ascending: heard lately, disliked, banned, or a reference
  std::vector<std::int32_t> known;                // ascending: ever listened to or liked, also before `history` begins
  std::vector<std::int32_t> undated;              // ascending: blocked because nobody knows when it was heard
  std::vector<Aversion> averse;                   // the newest first, at most kMostAverse; then Request::less_like
  std::vector<training::OccasionListen> listens;  // timed; none if the model learnt nothing from occasions
  double often = 0;                               // plays from which "often" is true of this listener

  models::Listener listener(base::UnixMillis now) const { return {history, now}; }
};

// Reads the listener's events and the references. Adds to `notes` what the caller should know.
base::Result<Profile> make_profile(const Request& request, const catalog::Catalog& catalog,
                                   const training::Bundle& bundle, const Options& options, base::UnixMillis now,
                                   std::vector<std::string>& notes);

// A reference of Request::references_in_order weighs this much of the one after it.
inline constexpr double kOrderDecay = 0.8;

// The same from events at hand, newest first; separate so that it can be tested without a database.
Profile profile_of(std::span<const catalog::Event> events, std::span<const std::int32_t> references,
                   const training::Bundle& bundle, const Options& options, double temporal_decay, base::UnixMillis now,
                   bool references_in_order = false);

// Blocks what `mode` leaves out. Artists are those of bundle.item_artists; an item whose artist is unknown is its own.
void restrict_to(Mode mode, const training::Bundle& bundle, Profile& profile);

}  // namespace mla::recommend
