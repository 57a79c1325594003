#pragma once

#include <optional>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "serving/experiments/difference.h"
#include "serving/experiments/experiments.h"

namespace mla::experiments {

// What a listener did with what was shown, each item within kWindow after it was first shown.
struct Outcome {
  double shown = 0;
  double heard = 0;    // items with a listen or a skip; the first of them counts
  double skipped = 0;  // of those heard
  double liked = 0;
  std::optional<bool> first_skipped;  // of the item heard first
};

// Reads the latest 1,000 events of the listener; untimed ones tell nothing.
base::Result<Outcome> outcome_of(const Listener& listener, const catalog::Catalog& catalog);

// Looks at most at so many listeners of whom no outcome is known yet, going on after `after`, and stores what they did;
// returns from where to go on, 0 for the start.
base::Result<std::int64_t> collect_outcomes(const Experiment& experiment, std::int64_t after, int limit,
                                            const catalog::Catalog& catalog, Experiments& experiments);

struct Report {
  std::int64_t control = 0;  // listeners
  std::int64_t treatment = 0;
  Difference skip_rate;     // skipped / heard
  Difference play_through;  // heard and not skipped / shown
  Difference like_rate;     // liked / shown
};

// All listeners of an experiment and what they did until now, each where the assignment put them, whatever they did.
base::Result<Report> report(const Experiment& experiment, const catalog::Catalog& catalog,
                            const Experiments& experiments);

}  // namespace mla::experiments
