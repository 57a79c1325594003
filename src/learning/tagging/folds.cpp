#include "learning/tagging/folds.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "foundation/base/random.h"

namespace mla::tagging {

std::vector<int> group_folds(const std::vector<int>& groups, int folds, std::uint64_t seed) {
  const int count = groups.empty() ? 0 : 1 + *std::max_element(groups.begin(), groups.end());
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  base::Random random(seed);
  random.shuffle(order);
  std::vector<int> fold_of(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    fold_of[static_cast<std::size_t>(order[i])] = static_cast<int>(i) % folds;
  std::vector<int> result;
  result.reserve(groups.size());
  for (const int group : groups) result.push_back(fold_of[static_cast<std::size_t>(group)]);
  return result;
}

std::vector<int> number_groups(const std::vector<std::string>& names) {
  std::map<std::string, int> numbers;
  for (const std::string& name : names) numbers.emplace(name, 0);
  int next = 0;
  for (auto& entry : numbers) entry.second = next++;
  std::vector<int> result;
  result.reserve(names.size());
  for (const std::string& name : names) result.push_back(numbers.at(name));
  return result;
}

}  // namespace mla::tagging
