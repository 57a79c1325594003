#pragma once

#include <cstddef>
#include <vector>

#include "foundation/base/work.h"
#include "knowledge/audio/fingerprint/landmark_index.h"

namespace mla::audio {

// Two recordings of an index that agree.
struct DuplicatePair {
  std::size_t first = 0;  // number in the index, first < second
  std::size_t second = 0;
  double score = 0;   // share of the landmarks of the one with fewer that the other has at the same shift, 0 to 1
  double offset = 0;  // seconds by which the second begins later
};

// Recordings that are proposed to be one.
struct DuplicateGroup {
  std::vector<std::size_t> recordings;  // in the order of the index
  double score = 0;                     // the lowest of any two of them
};

// All pairs with at least `least` as score whose lengths, without the shift, differ by no more than a tenth. The same
// at any number of threads. Errors: kCancelled.
base::Result<std::vector<DuplicatePair>> find_duplicates(const LandmarkIndex& index, double least,
                                                         const base::Work& work);

// Groups in which every two recordings are a pair: split when in doubt. Pairs are taken in the order of their scores.
std::vector<DuplicateGroup> group_duplicates(const std::vector<DuplicatePair>& pairs);

}  // namespace mla::audio
