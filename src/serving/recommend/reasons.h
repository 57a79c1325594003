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
  std::vector<base::ItemId> evidence;  // the items that the text names
};

// Words the facts for which the model scored each of `items` high for this listener, in their order. Every phrase
// stands on data: items are named only if the listener played, liked or asked for them, tags only if both items carry
// them, and popularity with its number. Never empty.
base::Result<std::vector<Reason>> explain(const training::Bundle& bundle, const models::Recommender& model,
                                          const Profile& profile, base::UnixMillis now,
                                          std::span<const std::int32_t> items, FactsCache& facts);

}  // namespace mla::recommend
