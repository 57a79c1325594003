#include "learning/tagging/clip_kernel.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "foundation/math/blas.h"

namespace mla::tagging {
namespace {

constexpr float kClip = 3;
constexpr float kEqual = 1e-5F;
constexpr float kSteps = 127;  // on each side of the mean, which is 128

std::vector<float> norms(math::ConstMatrixView m) {
  std::vector<float> result(m.rows);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (const float value : m.row(i)) result[i] += value * value;
  }
  return result;
}

// Squared distances of rows.
math::Matrix distances(math::ConstMatrixView a, math::ConstMatrixView b) {
  math::Matrix result(a.rows, b.rows);
  math::multiply_transposed(-2, a, b, 0, result.view());
  const std::vector<float> of_a = norms(a), of_b = norms(b);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.rows; ++j) result(i, j) = std::max(0.0F, result(i, j) + of_a[i] + of_b[j]);
  }
  return result;
}

// The columns [begin, begin + count) of encoded rows as standardised values.
math::Matrix decode(std::span<const std::uint8_t> codes, std::size_t columns, std::size_t begin, std::size_t count) {
  math::Matrix result(codes.size() / columns, count);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    for (std::size_t j = 0; j < count; ++j)
      result(i, j) = (static_cast<float>(codes[i * columns + begin + j]) - 128) * (kClip / kSteps);
  }
  return result;
}

}  // namespace

ClipKernel ClipKernel::fit(math::ConstMatrixView rows, std::span<const std::int32_t> family_sizes) {
  assert(rows.rows >= 2);
  ClipKernel kernel;
  kernel.sizes_.assign(family_sizes.begin(), family_sizes.end());
  const auto count = static_cast<double>(rows.rows);
  for (std::size_t j = 0; j < rows.cols; ++j) {
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < rows.rows; ++i) mean += rows(i, j) / count;
    for (std::size_t i = 0; i < rows.rows; ++i) square += std::pow(rows(i, j) - mean, 2) / count;
    kernel.mean_.push_back(static_cast<float>(mean));
    // A column that never changes says nothing.
    kernel.scale_.push_back(square > 1e-12 ? static_cast<float>(1 / std::sqrt(square)) : 0.0F);
  }
  const std::vector<std::uint8_t> codes = kernel.encode(rows);
  std::size_t begin = 0;
  for (const std::int32_t size : family_sizes) {
    const math::Matrix part = decode(codes, rows.cols, begin, static_cast<std::size_t>(size));
    const math::Matrix d = distances(part.view(), part.view());
    const double mean = std::accumulate(d.values().begin(), d.values().end(), 0.0) / (count * count);
    kernel.family_scale_.push_back(mean > 1e-9 ? static_cast<float>(1 / mean) : 0.0F);
    begin += static_cast<std::size_t>(size);
  }
  assert(begin == rows.cols);
  return kernel;
}

std::vector<std::uint8_t> ClipKernel::encode(math::ConstMatrixView rows) const {
  std::vector<std::uint8_t> codes;
  codes.reserve(rows.rows * rows.cols);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    for (std::size_t j = 0; j < rows.cols; ++j) {
      const float value = std::clamp((rows(i, j) - mean_[j]) * scale_[j], -kClip, kClip);
      codes.push_back(static_cast<std::uint8_t>(std::lround(value * (kSteps / kClip) + 128)));
    }
  }
  return codes;
}

ClipKernel::Similarities ClipKernel::similarities(std::span<const std::uint8_t> a,
                                                  std::span<const std::uint8_t> b) const {
  const std::size_t rows = a.size() / columns(), others = b.size() / columns();
  Similarities result;
  for (math::Matrix& one : result) one = math::Matrix(rows, others);
  const float share = 1.0F / static_cast<float>(sizes_.size());
  std::size_t begin = 0;
  for (std::size_t family = 0; family < sizes_.size(); ++family) {
    const auto size = static_cast<std::size_t>(sizes_[family]);
    const math::Matrix d =
        distances(decode(a, columns(), begin, size).view(), decode(b, columns(), begin, size).view());
    for (std::size_t i = 0; i < d.values().size(); ++i) {
      const float squared = family_scale_[family] * d.values()[i];
      // What rounding leaves of equal rows would be far from 0 after the root.
      const float distance = squared > kEqual ? std::sqrt(squared) : 0;
      float value = std::exp(-static_cast<float>(kGammas[0]) * distance);
      for (math::Matrix& one : result) {  // each γ is twice the one before
        one.values()[i] += share * value;
        value *= value;
      }
    }
    begin += size;
  }
  return result;
}

void ClipKernel::save(artifact::Writer& writer) const {
  const auto size = [](const std::vector<float>& values) {
    return std::vector<std::int64_t>{static_cast<std::int64_t>(values.size())};
  };
  writer.set("kernel", boost::json::value(kName));
  writer.add("mean", mean_, size(mean_));
  writer.add("scale", scale_, size(scale_));
  writer.add("family_sizes", std::span<const std::int32_t>(sizes_));
  writer.add("family_scale", family_scale_, size(family_scale_));
}

base::Result<ClipKernel> ClipKernel::load(const artifact::Reader& reader) {
  ClipKernel kernel;
  MLA_ASSIGN(const auto mean, reader.floats("mean"));
  MLA_ASSIGN(const auto scale, reader.floats("scale"));
  MLA_ASSIGN(const auto sizes, reader.int32s("family_sizes"));
  MLA_ASSIGN(const auto family_scale, reader.floats("family_scale"));
  kernel.mean_.assign(mean.begin(), mean.end());
  kernel.scale_.assign(scale.begin(), scale.end());
  kernel.sizes_.assign(sizes.begin(), sizes.end());
  kernel.family_scale_.assign(family_scale.begin(), family_scale.end());
  std::size_t columns = 0;
  bool fits = !sizes.empty() && sizes.size() == family_scale.size() && scale.size() == mean.size();
  for (const std::int32_t size : sizes) {
    fits = fits && size > 0 && static_cast<std::size_t>(size) <= mean.size();
    columns += static_cast<std::size_t>(std::max(size, 0));
  }
  if (!fits || columns != mean.size()) {
    return base::Error{base::ErrorCode::kCorrupt, "the families of its kernel do not fit its columns"};
  }
  return kernel;
}

}  // namespace mla::tagging
