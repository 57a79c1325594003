#pragma once

#include <cstdint>
#include <string>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/training/dataset.h"
#include "learning/training/gate/promotion_gate.h"
#include "learning/training/model_bundle.h"

namespace mla::training {

// A challenger beside the champion on the most recent events, and what was compared.
struct Comparison {
  std::string how;  // a sentence for people
  bool as_published = false;
  Verdict verdict;
};

// If enough was heard since both models learnt, both are asked as they are published: lists over the items that each
// knows, so that an item it does not know is a miss. Else both recipes (algorithm and parameters) learn again without
// the most recent part (make_validation) and are asked about that; of one and the same recipe this cannot say anything,
// which the verdict tells and lets pass.
// kInvalidArgument if nothing can be held out.
base::Result<Comparison> compare_models(const Bundle& champion, const Bundle& challenger, const Dataset& dataset,
                                        const GateLimits& limits, base::Work& work);

}  // namespace mla::training
