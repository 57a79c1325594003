#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/id.h"

namespace mla::recommend {

// Circumstances of the request (REST `context`). Unknown words are an error at the edge, not here.
struct Context {
  std::optional<std::string> time_of_day;
  std::optional<std::string> day_of_week;
  std::optional<std::string> user_mood;
  bool listening_history = true;  // false: answer from references and context only
};

// How far re-ranking may move away from plain relevance; each in [0, 1].
struct Knobs {
  double diversity_factor = 0.3;  // 0: relevance only, 1: as unlike each other as possible (MMR)
  double novelty_factor = 0.2;    // favours what few people know
  double popularity_bias = 0.1;   // favours what many people play
  double temporal_decay = 0.9;    // weight of a listen or like that is 30 days old, relative to one of today
};

// Where recommendations may come from.
enum class Mode : std::uint8_t {
  kAny,
  kFamiliar,  // what was heard before but not lately (an unknown time counts as long ago), and other items by artists
              // whom the listener has heard
  kDiscover,  // by artists whom the listener has never heard
};

// An item that the listener was shown on an earlier day, and how much that still counts (exposures.h).
struct Shown {
  base::ItemId item;
  double weight;  // 1 the day after, falling
  bool operator==(const Shown&) const = default;
};

struct Request {
  base::UserId user;                          // may be unknown or empty
  std::vector<std::string> reference_tracks;  // our id, spotify:track:…, MBID or ISRC
  bool references_in_order = false;    // they were played one after the other, the oldest first: the last count most
  std::vector<std::string> less_like;  // named likewise: what resembles these comes later, they do not come
  Context context;
  std::string algorithm = "hybrid";
  Knobs knobs;
  int limit = 20;  // 1 … 500
  Mode mode = Mode::kAny;
  bool owned_only = false;     // only items with a file on this machine
  bool clean = false;          // nothing that is tagged explicit
  bool remember_shown = true;  // what was shown on earlier days comes later, and what is shown now is remembered
  std::vector<Shown> shown;    // what is remembered; engine::Engine fills it
};

struct Recommendation {
  base::ItemId track_id;
  std::string track_name;
  std::string artist_name;
  std::string album;
  double confidence_score = 0;  // calibrated probability, DESIGN 3.2
  std::string recommendation_reason;
  std::vector<base::ItemId> evidence;  // the items that the reason names
};

struct Answer {
  std::vector<Recommendation> recommendations;
  std::string model;               // "hybrid/3"
  std::vector<std::string> notes;  // what the caller should know: unknown reference, no history yet, …
};

}  // namespace mla::recommend
