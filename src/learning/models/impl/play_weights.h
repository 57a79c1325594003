#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/math/csr.h"
#include "learning/models/parameters.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// What each entry of a history counts.
using Weigh = std::function<std::vector<float>(std::span<const HistoryEntry>)>;

// How much one play count weighs against the listener's others:
//   binary  1
//   log     log2(1 + plays / the listener's mean plays)
// Both give 1 where all counts of a listener are equal, so that regularisation means the same with and without counts,
// and heavy and light listeners weigh the same. (A log of the bare count was worse on validation data.)
class PlayWeights {
 public:
  static ParameterSpec parameter(const char* fallback);

  explicit PlayWeights(const Parameters& parameters) : transform_(parameters.text("weights")) {}

  // The interactions with weights for values.
  math::CsrMatrix of(const math::CsrView& interactions) const;
  std::vector<float> of(std::span<const HistoryEntry> history) const;
  // `of`, to be called while this object lives.
  Weigh weigh() const {
    return [this](std::span<const HistoryEntry> history) { return of(history); };
  }

  void save(artifact::Writer& writer) const;
  base::Status load(const artifact::Reader& reader);

 private:
  void apply(std::span<float> plays) const;

  std::string transform_;
};

// The weights of a history as they would be without one of its entries, computed when first asked for. The span must
// outlive it. Not thread-safe.
class WeightsWithout {
 public:
  WeightsWithout(std::span<const HistoryEntry> history, Weigh weigh)
      : history_(history), weigh_(std::move(weigh)), known_(history.size()) {}
  // One shorter than the history.
  const std::vector<float>& of(std::size_t left_out);

 private:
  std::span<const HistoryEntry> history_;
  Weigh weigh_;
  std::vector<std::vector<float>> known_;
};

}  // namespace mla::models::impl
