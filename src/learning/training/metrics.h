#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mla::training {

// What one listener's list is worth; K is the length that was asked for, T the items that listener has in test.
struct ListMetrics {
  double recall = 0;      // hits / |T|                                   (LightGCN)
  double recall_min = 0;  // hits / min(K, |T|)                           (Liang et al. 2018, Rendle et al. 2021)
  double ndcg = 0;        // binary gain, ideal list cut at min(|T|, K)
  double map = 0;         // sum over hits of precision at their rank / min(|T|, K)
  double hit_rate = 0;    // 1 if there is any hit
};

// hits[i] != 0: the item at rank i + 1 is in T. A list may be shorter than K (a small catalogue): the missing places
// are misses. REQUIRES: relevant > 0, k > 0, hits.size() <= k.
ListMetrics list_metrics(std::span<const std::uint8_t> hits, std::size_t relevant, std::size_t k);

// Share of the catalogue that is in at least one list; `times_listed` counts for each item the lists that have it
// (RecBole's ItemCoverage). 0 for an empty catalogue.
double coverage(std::span<const std::int64_t> times_listed);

// Gini index of `times_listed` over the whole catalogue, items never listed counting as 0:
// sum_i (2 i - n - 1) c_i / (n sum c), c ascending, i from 1 (RecBole's GiniIndex). 0: all alike; near 1: one item
// takes all. 0 if nothing was listed.
double gini(std::span<const std::int64_t> times_listed);

// Mean over the list of -log2(share of training users who have the item). An item that nobody has counts as one
// user's, as its surprise would be infinite. 0 for an empty list or no users. REQUIRES: users >= every count.
double novelty(std::span<const std::int32_t> list, std::span<const std::int64_t> item_users, std::int64_t users);

}  // namespace mla::training
