#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/work.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/bootstrap.h"

// Whether a challenger may take the champion's place: no worse on the whole, and nowhere much worse.
namespace mla::training {

struct GateLimits {
  int at = 20;                // lists of this length, judged by NDCG
  double margin = 0.02;       // on the whole: share of the champion's figure that may be lost
  double slice_bound = 0.10;  // in a slice: likewise
  int least_listeners = 20;   // with fewer the whole is refused and a slice is not judged
};

// What a model ranked for each user, best first; empty for users with nothing to predict.
using RankedLists = std::vector<std::vector<std::int32_t>>;

// The two on one part of what was held out.
struct Contest {
  std::string name;  // "all listeners", then the slices
  std::int64_t listeners = 0;
  double champion = 0;  // NDCG, mean over the listeners
  double challenger = 0;
  Interval difference;  // challenger less champion, paired
  double allowed = 0;   // how much worse it may be, > 0
  bool judged = true;   // false: too few listeners
  bool passed = true;
};

struct Verdict {
  bool promote = false;
  int at = 0;
  std::vector<Contest> contests;     // all listeners first
  std::vector<std::string> reasons;  // why, a line each; what speaks against it first
};

// On all listeners the challenger passes if its paired 95 % bootstrap interval excludes that it is worse by more than
// the margin: what cannot be told is refused. In a slice it fails if it is worse than the bound on average and surely
// worse (the interval excludes 0): many small slices would else refuse by chance.
// NDCG in a slice counts the held items of the slice alone, at their ranks in the whole list.
// REQUIRES: lists of every user of `recent`.
Verdict judge_promotion(const RankedLists& champion, const RankedLists& challenger, const models::Holdout& recent,
                        const GateLimits& limits, base::Work& work);

boost::json::object to_object(const Verdict& verdict);
// A table for people, the reasons below it.
std::string to_table(const Verdict& verdict);

}  // namespace mla::training
