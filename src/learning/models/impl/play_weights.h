#pragma once

#include <span>
#include <string>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/math/csr.h"
#include "learning/models/parameters.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// How much one play count weighs against the listener's others. Every transform gives 1 when all counts are equal, so
// that regularisation means the same with and without counts.
class PlayWeights {
 public:
  // binary: 1. log: log(1 + plays / median) over its mean in the data. share: log2(1 + plays / the listener's mean).
  static ParameterSpec parameter(const char* fallback);

  explicit PlayWeights(const Parameters& parameters) : transform_(parameters.text("weights")) {}

  // Learns what the transform needs and returns the interactions with transformed values.
  math::CsrMatrix fit(const math::CsrView& interactions);
  std::vector<float> of(std::span<const HistoryEntry> history) const;

  void save(artifact::Writer& writer) const;
  base::Status load(const artifact::Reader& reader);

 private:
  void apply(std::span<float> plays) const;

  std::string transform_;
  double unit_ = 1;  // log: the median count
  double mean_ = 1;  // log: the mean of log(1 + plays / unit)
};

}  // namespace mla::models::impl
