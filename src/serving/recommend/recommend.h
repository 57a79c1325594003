#pragma once

#include <cstdint>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/opinion_cache.h"
#include "serving/recommend/options.h"
#include "serving/recommend/request.h"

namespace mla::recommend {

// The day of a listener that `now` is in, counted from 1970. Days begin between three and five in the morning of the
// listeners' clock, when hardly anybody notices; each listener has a moment of their own, so that not everybody becomes
// a new question in the same second. Ages count in days: within one, an unchanged history stays the same question and
// has the same answer.
std::int64_t listener_day(base::UnixMillis now, const base::UserId& user, const Options& options);

// Candidates of the model → filter → re-rank → reasons. `model` is the bundle's own or one of its parts.
// `facts` and `opinions` belong to this bundle. An unknown listener gets what a listener without history gets, and a
// note. Thread-safe.
base::Result<Answer> recommend(const Request& request, const catalog::Catalog& catalog, const training::Bundle& bundle,
                               const models::Recommender& model, FactsCache& facts, OpinionCache& opinions,
                               const Options& options, base::UnixMillis now);

}  // namespace mla::recommend
