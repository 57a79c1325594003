#include <cassert>

#include "foundation/artifact/artifact.h"

namespace mla::artifact {
namespace {

template <class T>
std::span<const std::byte> raw(std::span<const T> values) {
  return std::as_bytes(values);
}

template <class T>
std::int64_t count(std::span<const T> values) {
  return static_cast<std::int64_t>(values.size());
}

}  // namespace

Writer Writer::scope(std::string_view prefix) const {
  Writer scoped = *this;
  scoped.prefix_ += prefix;
  return scoped;
}

void Writer::add(std::string_view name, std::span<const float> values, std::vector<std::int64_t> shape) {
  contents_->tensors[prefix_ + std::string(name)] = {Dtype::kF32, std::move(shape), raw(values)};
}

void Writer::add(std::string_view name, std::span<const std::int32_t> values) {
  contents_->tensors[prefix_ + std::string(name)] = {Dtype::kI32, {count(values)}, raw(values)};
}

void Writer::add(std::string_view name, std::span<const std::int64_t> values) {
  contents_->tensors[prefix_ + std::string(name)] = {Dtype::kI64, {count(values)}, raw(values)};
}

void Writer::add(std::string_view name, std::span<const std::uint8_t> bytes) {
  contents_->tensors[prefix_ + std::string(name)] = {Dtype::kU8, {count(bytes)}, raw(bytes)};
}

void Writer::add_vectors(std::string_view name, const math::VectorsView& vectors) {
  assert(vectors.stride == vectors.cols);
  if (vectors.halves == nullptr)
    return add(name, math::ConstMatrixView{vectors.floats, vectors.rows, vectors.cols, vectors.stride});
  const std::span values(vectors.halves, vectors.rows * vectors.cols);
  contents_->tensors[prefix_ + std::string(name)] = {
      Dtype::kF16, {static_cast<std::int64_t>(vectors.rows), static_cast<std::int64_t>(vectors.cols)}, raw(values)};
}

void Writer::add(std::string_view name, math::ConstMatrixView matrix) {
  assert(matrix.stride == matrix.cols);
  add(name, std::span<const float>(matrix.data, matrix.rows * matrix.cols),
      {static_cast<std::int64_t>(matrix.rows), static_cast<std::int64_t>(matrix.cols)});
}

void Writer::add(std::string_view name, const math::CsrView& matrix) {
  const std::string base(name);
  auto shape = std::make_shared<std::vector<std::int64_t>>(std::vector<std::int64_t>{matrix.rows, matrix.cols});
  add(base + ".shape", std::span<const std::int64_t>(*shape));
  contents_->owned.push_back(std::move(shape));
  add(base + ".offsets", matrix.offsets);
  add(base + ".columns", matrix.columns);
  add(base + ".values", matrix.values, {count(matrix.values)});
}

void Writer::add(std::string_view name, std::span<const std::string> texts) {
  auto offsets = std::make_shared<std::vector<std::int64_t>>(1, 0);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  for (const std::string& text : texts) {
    bytes->insert(bytes->end(), text.begin(), text.end());
    offsets->push_back(static_cast<std::int64_t>(bytes->size()));
  }
  const std::string base(name);
  add(base + ".offsets", std::span<const std::int64_t>(*offsets));
  add(base + ".bytes", std::span<const std::uint8_t>(*bytes));
  contents_->owned.push_back(std::move(offsets));
  contents_->owned.push_back(std::move(bytes));
}

void Writer::set(std::string_view name, boost::json::value value) {
  contents_->attributes[prefix_ + std::string(name)] = std::move(value);
}

}  // namespace mla::artifact
