#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "foundation/math/matrix.h"

namespace mla::tagging {

// How alike two vectors are whose columns fall into families (timbre, rhythm, …): the mean over families of
// exp(−γ √(d²/m)), where d² is the squared distance of the standardised columns of the family and m its mean over the
// training rows: in many columns all distances are much alike, and the root keeps near ones apart. A family of many
// columns counts no more than one of few. 1 for equal vectors, towards 0 for unlike ones. Immutable, thread-safe.
class ClipKernel {
 public:
  // In the manifest: weights that were learnt with another kernel mean nothing with this one.
  static constexpr std::string_view kName = "laplace";

  // Learns means, deviations and mean distances. REQUIRES: at least two rows; `family_sizes` sum up to the columns.
  static ClipKernel fit(math::ConstMatrixView rows, std::span<const std::int32_t> family_sizes);

  std::size_t columns() const { return mean_.size(); }
  // Columns minus mean over deviation, within ±3 so that an odd column cannot drown the others, in 255 steps: a model
  // keeps its training rows, and eight bits do not change what it says.
  std::vector<std::uint8_t> encode(math::ConstMatrixView rows) const;

  // Similarities of encoded rows, for γ = ½, 1, 2.
  static constexpr std::array<double, 3> kGammas = {0.5, 1, 2};
  using Similarities = std::array<math::Matrix, kGammas.size()>;
  Similarities similarities(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) const;

  // The writer keeps views of this.
  void save(artifact::Writer& writer) const;
  static base::Result<ClipKernel> load(const artifact::Reader& reader);

 private:
  std::vector<float> mean_;
  std::vector<float> scale_;         // 1 / deviation
  std::vector<std::int32_t> sizes_;  // of the families
  std::vector<float> family_scale_;  // 1 / mean squared distance
};

}  // namespace mla::tagging
