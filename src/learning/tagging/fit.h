#pragma once

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/tagging/tagger.h"
#include "learning/tagging/tagging_data.h"

namespace mla::tagging {

// Excerpts that a tagger may keep: memory grows with their square (four matrices of 36 million floats).
inline constexpr std::size_t kMostExcerpts = 6000;

// Learns a tagger from all clips. Kernel width γ and regularisation λ, one pair for genre and one for the moods, are
// those with the smallest squared error on artists held out in five folds; there the temperature is fitted too
// (smallest negative log likelihood), and the closeness below which a clip counts as foreign (that of the lowest 2.5 %
// of the clips to other artists). `work.seed` deals the folds. REQUIRES: at least two artist groups.
// Errors: kTooLarge beyond kMostExcerpts, kCancelled.
base::Result<Tagger> fit_tagger(const TaggingData& data, base::Work& work);

}  // namespace mla::tagging
