#pragma once

#include <cstdint>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/opinion_cache.h"
#include "serving/recommend/options.h"
#include "serving/recommend/request.h"

namespace mla::recommend {

// Candidates of the model → filter → re-rank → reasons. `model` is the bundle's own or one of its parts.
// `facts` and `opinions` belong to this bundle. An unknown listener gets what a listener without history gets, and a
// note. Thread-safe.
base::Result<Answer> recommend(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
                               const Options& options, base::UnixMillis now);

}  // namespace mla::recommend
