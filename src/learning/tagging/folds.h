#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mla::tagging {

// Deals groups into `folds` folds in an order shuffled by `seed`, one after the other, so that no group is in two.
// Result: the fold of each member. `groups[i]` is the group of member i, 0 … number of groups − 1. Fewer groups than
// folds leave the last folds empty.
std::vector<int> group_folds(const std::vector<int>& groups, int folds, std::uint64_t seed);

// Numbers for names, in the order of the names.
std::vector<int> number_groups(const std::vector<std::string>& names);

}  // namespace mla::tagging
