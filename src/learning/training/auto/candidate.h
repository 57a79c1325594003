#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learning/models/algorithms.h"
#include "learning/training/evaluation.h"

namespace mla::training {

// One way to fit: what `auto` tries.
struct Candidate {
  std::string algorithm;
  ParameterMap parameters;
  std::vector<ParameterMap> lighter = {};  // values on top of these: models::Algorithm::lighter

  std::string label() const;  // "ials factors=256"
  // With the first of `lighter`, and the others still to try. REQUIRES: there is one.
  Candidate next_lighter() const;
};

// What the given algorithms declare (models::Algorithm::candidates), in rising cost within an algorithm; the defaults
// of one that declares none. The first of every algorithm come first, then the second ones, and so on: whenever time
// runs out, what was tried is as different as can be.
// What asks for more `factors` than `largest_rank` is left out, unless it is the first: a matrix has no more of them.
std::vector<Candidate> candidates_of(std::span<const models::Algorithm> algorithms, std::int32_t largest_rank);

}  // namespace mla::training
