#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/profile.h"

namespace mla::recommend {

struct Reason {
  std::string text;
  std::vector<base::ItemId> evidence;   // the items that the text names
  std::vector<models::Evidence> facts;  // what it says of them
};

// How many facts of each item the wording can use.
inline constexpr std::size_t kFactsAsked = 6;

// Words the facts for which the model scored `item` high for this listener (Recommender::explain). Every phrase stands
// on data: items are named only if the listener played, liked or asked for them, tags only if both items carry them,
// a likeness of sound only from audio::kSoundsAlike on, and popularity with its number. Never empty.
base::Result<Reason> word_reason(const training::Bundle& bundle, const Profile& profile, std::int32_t item,
                                 const std::vector<models::Evidence>& evidence, FactsCache& facts);

}  // namespace mla::recommend
