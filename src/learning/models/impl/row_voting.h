#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// A recommender that keeps rows of its training data (listeners, sessions), finds those nearest to a history through an
// inverted index, and lets them vote:  score(j) = scale_j · Σ over the nearest rows r that hold j of vote(r, j).
// A model adds what its rows are, what an entry of a history weighs, how near a row is and what it votes.
class RowVoting : public Recommender {
 public:
  std::int32_t items() const override { return rows_.cols; }
  void score(const Listener& listener, std::span<float> scores) const override;
  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, {&item, 1}, limit).front());
  }
  // Contributions are what the score loses without the history item, found by asking again without it.
  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override;
  // Exact, found by asking for the nearest rows again without each fact.
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override;
  base::Status save(artifact::Writer& writer) const override;
  base::Status load(const artifact::Reader& reader) override;

 protected:
  // A stored row that shares items with a history.
  struct Near {
    std::int32_t row;
    std::int32_t common = 0;  // shared items
    float overlap = 0;        // Σ weight of the history's entry · match value of the row's
    float strength = 0;       // given by `rate`
    float anchor = 0;         // where the row's votes centre; given by `place`
  };

  explicit RowVoting(std::size_t neighbours) : neighbours_(neighbours) {}

  // rows: what votes, values >= 0. matches: what an entry weighs in an overlap, in the order of rows.columns.
  // item_exponent: what is shared by n listeners counts n^-item_exponent in an overlap; target_exponent: and is held
  // back by n^-target_exponent when it is voted for. n is counted over `interactions`.
  void assign(math::CsrMatrix rows, std::vector<float> matches, const math::CsrView& interactions, double item_exponent,
              double target_exponent);
  const math::CsrView& rows() const { return rows_; }

 private:
  virtual std::vector<float> weigh(std::span<const HistoryEntry> history) const = 0;
  // Strength > 0 of a row, or 0: it is none. `norm` = Euclidean length of the history's weights.
  virtual float rate(const Near& near, double norm) const = 0;
  // The anchor of a chosen row.
  virtual float place(std::int32_t, std::span<const HistoryEntry>) const { return 0; }
  // What `near` votes for an item that is stored with this value.
  virtual float vote(const Near& near, float value) const = 0;

  // The strongest rows, by index.
  std::vector<Near> nearest(std::span<const HistoryEntry> history) const;
  float score_of(std::int32_t item, std::span<const Near> nearest) const;
  std::vector<Evidence> strongest(std::span<const HistoryEntry> history, std::int32_t item,
                                  std::span<const Near> nearest, std::span<const float> weights,
                                  std::vector<std::optional<std::vector<Near>>>& without, std::size_t limit) const;

  std::size_t neighbours_;
  math::CsrMatrix owned_rows_, owned_index_;
  std::vector<float> owned_item_weights_, owned_scales_;
  // Views of what is owned, or of what reader_ maps.
  math::CsrView rows_;                   // stored rows × items
  math::CsrView index_;                  // items × stored rows: match values
  std::span<const float> item_weights_;  // n^-item_exponent
  std::span<const float> scales_;        // n^-target_exponent
  std::optional<artifact::Reader> reader_;
};

}  // namespace mla::models::impl
