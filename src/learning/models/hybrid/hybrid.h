#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/models/algorithms.h"

namespace mla::models {

// A blend of the algorithms that `parts` names (without it popularity, item_knn, ease, ials and content):
//
//   s(i) = sum over parts p of w_p · max(0, s_p(i)) / t_p,   t_p = the part's best score among what is not heard yet
//
// The division puts scores of different parts and listeners on one scale and costs one pass over a row (no sorting).
// Weights w >= 0 are learnt on a fifth of each training user's items (hybrid/blend.h), never on anything else; where
// the blend does not beat its best part there, that part answers alone, and where there are too few users to tell, all
// parts count the same. Then all parts are fitted again on all data.
// Weights that are given, as "part.weight" for every part, are used as they are, and nothing is held out.
// Where no part knows anything (a listener without history) popularity answers. A part that cannot hold the data is
// left out.
//
// Parameters: "parts" and those of the parts, as "part.name", or as "name" for every part that declares it. A saved
// hybrid comes back with the parts that it was saved with, whatever its parameters were.
Algorithm hybrid_algorithm();

// A line for each given parameter that belongs to the deep part, which does not exist yet: such are accepted and left
// unused.
std::vector<std::string> hybrid_warnings(const std::map<std::string, ParameterValue>& given);

}  // namespace mla::models
