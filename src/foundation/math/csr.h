#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::math {

// Compressed sparse rows that someone else owns (a CsrMatrix, or mapped model weights).
// offsets has rows + 1 entries; columns of a row ascend and are unique.
struct CsrView {
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  std::span<const std::int64_t> offsets;
  std::span<const std::int32_t> columns;
  std::span<const float> values;

  std::size_t row_size(std::int32_t i) const { return static_cast<std::size_t>(offsets[i + 1] - offsets[i]); }
  std::span<const std::int32_t> row_columns(std::int32_t i) const {
    return columns.subspan(static_cast<std::size_t>(offsets[i]), row_size(i));
  }
  std::span<const float> row_values(std::int32_t i) const {
    return values.subspan(static_cast<std::size_t>(offsets[i]), row_size(i));
  }
  std::size_t size() const { return columns.size(); }
};

// Compressed sparse rows that own their values.
struct CsrMatrix {
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> columns;
  std::vector<float> values;

  CsrView view() const { return {rows, cols, offsets, columns, values}; }
};

struct Triplet {
  std::int32_t row;
  std::int32_t col;
  float value;
};

// Builds rows from triplets in any order; values of equal (row, col) are added in the order given.
// REQUIRES: 0 <= row < rows, 0 <= col < cols.
CsrMatrix make_csr(std::int32_t rows, std::int32_t cols, std::span<const Triplet> triplets);

CsrMatrix transpose(const CsrView& matrix);

}  // namespace mla::math
