#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::audio {

// Mean and standard deviation of a stream of columns, row by row (Welford 1962), in constant memory.
class Moments {
 public:
  explicit Moments(std::size_t rows) : mean_(rows, 0.0), squares_(rows, 0.0) {}

  // REQUIRES: column.size() == rows.
  void add(std::span<const float> column) {
    const double share = 1.0 / static_cast<double>(++count_);
    for (std::size_t i = 0; i < column.size(); ++i) {
      const double away = static_cast<double>(column[i]) - mean_[i];
      mean_[i] += away * share;
      squares_[i] += away * (static_cast<double>(column[i]) - mean_[i]);
    }
  }

  std::uint64_t count() const { return count_; }
  std::size_t rows() const { return mean_.size(); }
  double mean(std::size_t row) const { return mean_[row]; }
  // Of the whole population (numpy's std); 0 without values.
  double deviation(std::size_t row) const {
    return count_ == 0 ? 0 : std::sqrt(squares_[row] / static_cast<double>(count_));
  }

 private:
  std::vector<double> mean_;
  std::vector<double> squares_;
  std::uint64_t count_ = 0;
};

}  // namespace mla::audio
