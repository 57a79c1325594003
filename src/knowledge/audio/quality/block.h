#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::audio {

inline constexpr std::size_t kPiece = 64;  // frames that are measured together

// A stretch of a recording, and of each of its pieces what several checks ask: most pieces are passed over after one
// look at these. The last piece may be shorter.
struct Block {
  math::ConstMatrixView samples;    // channels × frames, full scale 1, finite
  math::ConstMatrixView peaks;      // channels × pieces: the largest magnitude
  math::ConstMatrixView energies;   // channels × pieces: the sum of squares
  std::span<const float> quietest;  // pieces: the least, over frames, of the loudest channel's magnitude

  std::size_t pieces() const { return peaks.cols; }
  std::size_t piece_begin(std::size_t piece) const { return piece * kPiece; }
  std::size_t piece_size(std::size_t piece) const {
    const std::size_t left = samples.cols - piece * kPiece;
    return left < kPiece ? left : kPiece;
  }
};

// Sum over one row of Block::energies.
double total(std::span<const float> energies);

// Makes blocks of samples. Not thread-safe.
class BlockMeasure {
 public:
  // The block is valid until the next call, and as long as the samples are.
  Block measure(math::ConstMatrixView samples);

 private:
  std::vector<float> peaks_;
  std::vector<float> energies_;
  std::vector<float> quietest_;
};

}  // namespace mla::audio
