#include "foundation/math/csr.h"

#include <cassert>
#include <numeric>

namespace mla::math {
namespace {

// For each bucket of `keys` where its entries start; one more entry at the end.
template <class Key>
std::vector<std::int64_t> bucket_offsets(std::int32_t buckets, std::size_t count, const Key& key) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(buckets) + 1, 0);
  for (std::size_t i = 0; i < count; ++i) ++offsets[static_cast<std::size_t>(key(i)) + 1];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

}  // namespace

CsrMatrix make_csr(std::int32_t rows, std::int32_t cols, std::span<const Triplet> triplets) {
  for ([[maybe_unused]] const Triplet& t : triplets) {
    assert(t.row >= 0 && t.row < rows && t.col >= 0 && t.col < cols);
  }
  // Two stable counting sorts, by column and then by row, keep equal pairs in the order given.
  std::vector<std::int64_t> next =
      bucket_offsets(cols, triplets.size(), [&](std::size_t i) { return triplets[i].col; });
  std::vector<Triplet> by_column(triplets.size());
  for (const Triplet& t : triplets) by_column[static_cast<std::size_t>(next[t.col]++)] = t;
  next = bucket_offsets(rows, triplets.size(), [&](std::size_t i) { return triplets[i].row; });
  std::vector<Triplet> sorted(triplets.size());
  for (const Triplet& t : by_column) sorted[static_cast<std::size_t>(next[t.row]++)] = t;

  CsrMatrix matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.offsets.assign(static_cast<std::size_t>(rows) + 1, 0);
  matrix.columns.reserve(sorted.size());
  matrix.values.reserve(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Triplet& t = sorted[i];
    if (i > 0 && sorted[i - 1].row == t.row && sorted[i - 1].col == t.col) {
      matrix.values.back() += t.value;
      continue;
    }
    matrix.columns.push_back(t.col);
    matrix.values.push_back(t.value);
    ++matrix.offsets[static_cast<std::size_t>(t.row) + 1];
  }
  std::partial_sum(matrix.offsets.begin(), matrix.offsets.end(), matrix.offsets.begin());
  return matrix;
}

CsrMatrix transpose(const CsrView& matrix) {
  CsrMatrix result;
  result.rows = matrix.cols;
  result.cols = matrix.rows;
  result.offsets = bucket_offsets(matrix.cols, matrix.size(), [&](std::size_t i) { return matrix.columns[i]; });
  result.columns.resize(matrix.size());
  result.values.resize(matrix.size());
  std::vector<std::int64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::int32_t row = 0; row < matrix.rows; ++row) {
    for (std::int64_t at = matrix.offsets[row]; at < matrix.offsets[row + 1]; ++at) {
      const auto to = static_cast<std::size_t>(next[matrix.columns[at]]++);
      result.columns[to] = row;
      result.values[to] = matrix.values[at];
    }
  }
  return result;
}

}  // namespace mla::math
