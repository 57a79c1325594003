#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "foundation/math/csr.h"
#include "foundation/math/vectors_view.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/options.h"
#include "serving/recommend/profile.h"
#include "serving/recommend/request.h"

namespace mla::recommend {

struct Candidate {
  std::int32_t item;
  float score;       // the model's
  int rank;          // from 0, in the model's order after filtering
  float popularity;  // share of users who have the item
  std::shared_ptr<const ItemFacts> facts = {};
  float aversion = 0;  // how near to what the listener turned down, times its strength
  double shown = 0;    // how much an earlier day's showing still counts, in [0, 1]
};

// Writes how alike each candidate is to candidate `to` (both by position), at most 1.
using Similarity = std::function<void(std::size_t to, std::span<float> out)>;

// What likeness is judged by; each may have no rows.
struct ItemSpaces {
  math::VectorsView vectors = {};     // of the model
  math::CsrView tags = {};            // items × tags
  math::ConstMatrixView sounds = {};  // vectors of length 1, zeros where unknown
};

// Cosine of the model's item vectors, of the tags if the model has no vectors; where both sounds are known, the mean of
// that and their cosine (at least 0), and the latter alone for an item without tags.
Similarity make_similarity(std::span<const Candidate> candidates, const ItemSpaces& spaces);

// Sets the aversion of each candidate: max over turned-down items of strength · likeness.
void set_aversion(std::span<Candidate> candidates, std::span<const Aversion> averse, const ItemSpaces& spaces);

// Chooses and orders at most `limit` candidates by maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998):
//   next = argmax (1 − λ) value(i) − λ max_{j chosen} similarity(i, j),  λ = diversity_factor / 2
//   value = relevance + novelty_factor/2 · novelty + popularity_bias/2 · popularity − aversion/2 − shown, the first
//   three scaled to [0, 1] over the candidates (novelty = −log2 share of users).
// At most items_per_artist of one artist (tracks only) and one version of each song. Two tracks of an artist do not
// stand side by side if the order can be changed for it: the second one moves behind the next track of another.
// REQUIRES: candidates in the order of falling score, facts set.
std::vector<Candidate> rerank(std::span<const Candidate> candidates, const Knobs& knobs, const Options& options,
                              const Similarity& similarity, int limit);

}  // namespace mla::recommend
