#pragma once

#include <optional>
#include <span>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/math/csr.h"
#include "learning/models/impl/play_weights.h"

namespace mla::models::impl {

// What each interaction counts in the loss of iALS:
//   c_ui = w_ui s n_i^-β,  w the play weight, n_i how many listeners the item has (1 at least), β = degree_exponent,
//   s such that s n_i^-β has the mean 1 over the interactions learnt from
// What everybody plays says less by each play: the normalisation of graph filters (R D_I^-β) in a weighted loss. Of
// listeners nothing such is in it, so that a play counts the same whatever else is in a history. Const calls are
// thread-safe.
class Confidences {
 public:
  static ParameterSpec parameter();

  explicit Confidences(const Parameters& parameters)
      : play_weights_(parameters), exponent_(parameters.number("degree_exponent")) {}

  // Learns what each item counts, and returns the interactions with confidences for values.
  math::CsrMatrix learn(const math::CsrView& interactions);
  // Of a history, whoever's. REQUIRES: items that were there when this learnt.
  std::vector<float> of(std::span<const HistoryEntry> history) const;
  // `of`, to be called while this object lives.
  Weigh weigh() const {
    return [this](std::span<const HistoryEntry> history) { return of(history); };
  }

  void save(artifact::Writer& writer) const;
  // Fails with kCorrupt if there are not as many as `items`. What was saved without them has β = 0.
  base::Status load(const artifact::Reader& reader, std::size_t items);

 private:
  float of_item(std::int32_t item) const { return by_item_[static_cast<std::size_t>(item)]; }

  PlayWeights play_weights_;
  double exponent_;
  std::vector<float> owned_by_item_;
  std::span<const float> by_item_;  // s n_i^-β; owned, or mapped by reader_; empty if β = 0
  std::optional<artifact::Reader> reader_;
};

}  // namespace mla::models::impl
