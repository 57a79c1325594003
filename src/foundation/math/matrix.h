#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace mla::math {

// Row-major view of floats that someone else owns; row i starts at data + i * stride.
template <class Float>
struct BasicMatrixView {
  Float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;

  std::span<Float> row(std::size_t i) const { return {data + i * stride, cols}; }
  Float& operator()(std::size_t i, std::size_t j) const { return data[i * stride + j]; }
  // Rows [begin, end).
  BasicMatrixView slice(std::size_t begin, std::size_t end) const {
    return {data + begin * stride, end - begin, cols, stride};
  }
  operator BasicMatrixView<const Float>() const { return {data, rows, cols, stride}; }
};
using MatrixView = BasicMatrixView<float>;
using ConstMatrixView = BasicMatrixView<const float>;

// Memory that starts on a cache line, so that rows of 16 floats or a multiple straddle none: gathers of rows touch no
// line more than they must.
template <class T>
struct CacheAligned {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  CacheAligned() = default;
  template <class U>
  CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, kLine); }
  friend bool operator==(const CacheAligned&, const CacheAligned&) { return true; }
};

// Row-major float matrix that owns its values, zero at the start.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : values_(rows * cols), rows_(rows), cols_(cols) {}

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::span<float> row(std::size_t i) { return {values_.data() + i * cols_, cols_}; }
  std::span<const float> row(std::size_t i) const { return {values_.data() + i * cols_, cols_}; }
  float& operator()(std::size_t i, std::size_t j) { return values_[i * cols_ + j]; }
  float operator()(std::size_t i, std::size_t j) const { return values_[i * cols_ + j]; }
  std::span<float> values() { return values_; }
  std::span<const float> values() const { return values_; }
  MatrixView view() { return {values_.data(), rows_, cols_, cols_}; }
  ConstMatrixView view() const { return {values_.data(), rows_, cols_, cols_}; }

 private:
  std::vector<float, CacheAligned<float>> values_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace mla::math
