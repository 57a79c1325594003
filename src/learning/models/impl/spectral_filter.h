#pragma once

#include <optional>
#include <string>
#include <vector>

#include "learning/models/impl/item_graph.h"
#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// A filter on the graph of items that share listeners, with R̃ = D_U^-½ R D_I^-½ and P = R̃ᵀR̃:
//   scores = r · (P + β D_I^-½ V Vᵀ D_I^½) · f(P),   f(P) = Σ_o c_o P^o
// where V holds the leading right singular vectors of R̃. P is applied as sparse products of R̃ and R̃ᵀ. The low-pass
// part is kept as two dense factors, D_I^-½ V (items × k) and β Vᵀ D_I^½ f(P) (k × items), which are made at fit.
// Where the degree of f is above 2, r P f(P) = r P q(P) + r V_m diag(rest) V_mᵀ with q of degree 2 (impl/short_
// polynomial.h): V_m joins the left factor and diag(rest) V_mᵀ the right one.
// Cost of a score: (1 + 2 · degree of q) passes over the interactions and items · (k + m) multiply-adds.
class SpectralFilter final : public Recommender {
 public:
  struct Design {
    std::string name;
    std::vector<float> polynomial;  // c; not empty
    float low_pass;                 // β
    int rank;        // columns of V, at most min(users, items) and the rank of R; kBySize: see usual_rank
    int usual_rank;  // kBySize: so many, at most a quarter of the listeners or items with a play
    int passes;      // of math::leading_right_singular: fewer leave the filter's edge softer
  };
  static constexpr int kBySize = -1;
  SpectralFilter(Design design, PlayWeights play_weights);

  std::string_view name() const override { return design_.name; }
  std::int32_t items() const override { return by_user_.cols; }

  base::Status fit(const TrainingData& data, base::Work& work) override;
  std::vector<std::string> report() const override { return report_; }

  void score(const Listener& listener, std::span<float> scores) const override;
  void score_batch(std::span<const Listener> listeners, math::MatrixView scores, base::ThreadPool& pool) const override;
  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override;
  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override;
  // Exact: scores are linear in the history. Costs a block of the graph's products for every 32 items.
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override;

  // D_I^-½ V: its rows have the directions of those of V.
  math::VectorsView item_vectors() const override {
    return math::ConstMatrixView{left_.data, left_.rows, rank_, left_.stride};
  }

  base::Status save(artifact::Writer& writer) const override;
  base::Status load(const artifact::Reader& reader) override;

 private:
  struct Scratch {
    math::Matrix start, state;  // users × listeners
    math::Matrix filtered;      // items × listeners
  };
  // Room for `listeners` at once, or for a block of them.
  Scratch scratch(std::size_t listeners) const;
  // scratch.filtered = the columns of (r · P f(P))ᵀ for each r in `rows`, no more than the scratch has room for.
  void filter(std::span<const WeightedItems> rows, Scratch& scratch) const;
  // items × history: what an entry of weight 1 adds to the item's score; and of each item, what can be rounding.
  math::Matrix values(const WeightedItems& heard, std::span<const std::int32_t> items,
                      std::vector<double>& rounding) const;
  // r D_I^-½ V
  void coordinates(const WeightedItems& row, std::span<float> out) const;
  base::Status fit_low_pass(const std::vector<double>& item_degrees, base::Work& work);
  base::Status apply_polynomial(const math::Matrix& right, base::Work& work);

  Design design_;
  PlayWeights play_weights_;
  std::vector<float> polynomial_;  // q
  std::size_t rank_ = 0;           // k; the other columns of left_ are V_m
  std::vector<std::string> report_;
  math::CsrMatrix owned_by_user_, owned_by_item_;
  math::Matrix owned_left_, owned_right_;
  math::CsrView by_user_, by_item_;     // R̃ and its transpose; owned, or mapped by reader_
  math::ConstMatrixView left_, right_;  // items × (k + m) and (k + m) × items
  std::optional<artifact::Reader> reader_;
};

}  // namespace mla::models::impl
