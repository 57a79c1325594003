#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::math {

// Row-major vectors that someone else owns, as floats or as IEEE 754 binary16 (bits; half the memory, 11 bits of
// mantissa): what search and scoring read, so that they need not know which. One of the pointers is set.
struct VectorsView {
  const float* floats = nullptr;
  const std::uint16_t* halves = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;  // elements

  VectorsView() = default;
  VectorsView(ConstMatrixView matrix)
      : floats(matrix.data), rows(matrix.rows), cols(matrix.cols), stride(matrix.stride) {}
  VectorsView(MatrixView matrix) : VectorsView(ConstMatrixView(matrix)) {}
  // REQUIRES: cols > 0, values.size() a multiple of it.
  VectorsView(std::span<const std::uint16_t> values, std::size_t columns)
      : halves(values.data()), rows(values.size() / columns), cols(columns), stride(columns) {}

  // Copies row i. REQUIRES: out.size() == cols.
  void row(std::size_t i, std::span<float> out) const;
  // The listed rows, in that order.
  Matrix gather(std::span<const std::int32_t> listed) const;
};

// Rounded to nearest; beyond ±65504 to that. REQUIRES: finite values.
std::vector<std::uint16_t> to_halves(std::span<const float> values);

}  // namespace mla::math
