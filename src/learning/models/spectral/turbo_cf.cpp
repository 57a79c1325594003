#include "learning/models/spectral/turbo_cf.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "foundation/math/sparse.h"
#include "learning/models/impl/attributes.h"
#include "learning/models/impl/item_graph.h"
#include "learning/models/impl/linear_evidence.h"
#include "learning/models/impl/power_graph.h"

namespace mla::models {
namespace {

constexpr std::size_t kBlock = 16;  // listeners whose vectors pass over the graph together
constexpr double kBytesAnEntry = 8;
constexpr double kRounding = 1e-4;  // of what the history adds and takes away

// Coefficients of P̄, P̄², P̄³.
std::vector<float> polynomial_of(int filter) {
  if (filter == 1) return {1.0F};
  if (filter == 2) return {2.0F, -1.0F};
  return {0.71F, 0.1F, -0.01F};
}

class TurboCf final : public Recommender {
 public:
  explicit TurboCf(const Parameters& parameters)
      : alpha_(parameters.number("alpha")),
        power_(parameters.number("power")),
        max_entries_(static_cast<std::size_t>(parameters.number("memory_mb") * 1e6 / kBytesAnEntry)),
        polynomial_(polynomial_of(parameters.integer("filter"))),
        play_weights_(parameters) {}

  std::string_view name() const override { return "turbo_cf"; }
  std::int32_t items() const override { return graph_.rows; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    reader_.reset();
    report_.clear();
    math::CsrMatrix r = play_weights_.of(data.interactions.view());
    impl::normalise_degrees(r, alpha_);
    const math::CsrMatrix transposed = math::transpose(r.view());
    const math::CsrView by_user = r.view();
    const math::CsrView by_item = transposed.view();
    MLA_ASSIGN(impl::PowerGraph made, impl::power_graph(by_user, by_item, power_, max_entries_, work));
    if (made.kept_a_row > 0) {
      report_.push_back(
          fmt::format("the item graph has {} entries and {} fit into memory_mb: the {} strongest of each item stay",
                      made.complete, max_entries_, made.kept_a_row));
    }
    owned_ = std::move(made.matrix);
    graph_ = owned_.view();
    return {};
  }

  std::vector<std::string> report() const override { return report_; }

  void score(const Listener& listener, std::span<float> scores) const override {
    const impl::WeightedItems row = impl::weighted(listener.history, play_weights_);
    const math::MatrixView out{scores.data(), scores.size(), 1, 1};
    filter({&row, 1}, out);
  }

  void score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                   base::ThreadPool& pool) const override {
    if (polynomial_.size() == 1) return Recommender::score_batch(listeners, scores, pool);
    pool.parallel_for(listeners.size(), kBlock, [&](std::size_t begin, std::size_t end, int) {
      std::vector<impl::WeightedItems> rows;
      for (std::size_t i = begin; i < end; ++i) rows.push_back(impl::weighted(listeners[i].history, play_weights_));
      math::Matrix block(scores.cols, rows.size());
      filter(rows, block.view());
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto out = scores.row(begin + r);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = block(i, r);
      }
    });
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return explain_batch(listener, {&item, 1}, limit).front();
  }

  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    const impl::WeightedItems heard = impl::weighted(listener.history, play_weights_);
    const math::Matrix found = values(heard, items);
    std::vector<double> rounding(items.size(), 0.0);
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t h = 0; h < heard.size(); ++h) {
        rounding[i] += kRounding * std::fabs(heard[h].weight * found(i, h));
      }
    }
    return impl::linear_evidence(listener.history, play_weights_.weigh(), found, rounding, limit);
  }

  // Exact: scores are linear in the history.
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    const math::Matrix found = values(impl::weighted(listener.history, play_weights_), items);
    return impl::linear_effects(listener.history, play_weights_.weigh(), found, facts);
  }

  base::Status save(artifact::Writer& writer) const override {
    play_weights_.save(writer);
    writer.set("polynomial", boost::json::array(polynomial_.begin(), polynomial_.end()));
    writer.add("item_graph", graph_);
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_CHECK(play_weights_.load(reader));
    MLA_ASSIGN(polynomial_, impl::numbers_attribute(reader, "polynomial"));
    if (polynomial_.empty()) return impl::wrong_shape("polynomial", "at least one coefficient");
    MLA_ASSIGN(graph_, reader.csr("item_graph"));
    if (graph_.rows != graph_.cols) return impl::wrong_shape("item_graph", "items x items");
    MLA_CHECK(impl::check_finite(graph_.values, "item_graph.values"));
    reader_ = reader;
    return {};
  }

 private:
  // items × history: what an entry of weight 1 adds to the item's score. The filter is symmetric: the column of an item
  // is what the item alone would score.
  math::Matrix values(const impl::WeightedItems& heard, std::span<const std::int32_t> items) const {
    math::Matrix values(items.size(), heard.size());
    for (std::size_t at = 0; at < items.size(); at += kBlock) {
      std::vector<impl::WeightedItems> rows;
      for (const std::int32_t item : items.subspan(at, std::min(kBlock, items.size() - at))) {
        rows.push_back({{item, 1.0F}});
      }
      math::Matrix block(static_cast<std::size_t>(graph_.cols), rows.size());
      filter(rows, block.view());
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t h = 0; h < heard.size(); ++h) {
          values(at + r, h) = block(static_cast<std::size_t>(heard[h].item), r);
        }
      }
    }
    return values;
  }

  // The columns of (r · Σ_o c_o P̄^o)ᵀ for each r in `rows`; out is items × rows, without gaps.
  void filter(std::span<const impl::WeightedItems> rows, math::MatrixView out) const {
    for (std::size_t i = 0; i < out.rows; ++i) std::fill(out.row(i).begin(), out.row(i).end(), 0.0F);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (const impl::WeightedItem& heard : rows[r]) {
        const auto targets = graph_.row_columns(heard.item);
        const auto values = graph_.row_values(heard.item);
        for (std::size_t at = 0; at < targets.size(); ++at) {
          out(static_cast<std::size_t>(targets[at]), r) += heard.weight * values[at];
        }
      }
    }
    if (polynomial_.size() == 1) return;
    // P̄ times the rest of the polynomial by Horner's rule.
    math::Matrix start(out.rows, out.cols);
    math::Matrix state(out.rows, out.cols);
    for (std::size_t i = 0; i < out.rows; ++i) {
      std::copy_n(out.row(i).data(), out.cols, start.row(i).data());
      for (std::size_t r = 0; r < out.cols; ++r) state(i, r) = polynomial_.back() * out(i, r);
    }
    for (std::size_t o = polynomial_.size() - 1; o-- > 0;) {
      math::multiply(graph_, std::as_const(state).view(), polynomial_[o], std::as_const(start).view(), out);
      if (o > 0) std::copy_n(out.data, state.values().size(), state.values().data());
    }
  }

  double alpha_;
  double power_;
  std::size_t max_entries_;
  std::vector<float> polynomial_;
  impl::PlayWeights play_weights_;
  std::vector<std::string> report_;
  math::CsrMatrix owned_;
  math::CsrView graph_;  // P̄; owned_, or mapped by reader_
  std::optional<artifact::Reader> reader_;
};

}  // namespace

Algorithm turbo_cf_algorithm() {
  return {"turbo_cf",
          "the graph of items that share listeners, every edge to a power, filtered by a polynomial",
          {{"alpha", 0.6, 0, 1, "how much heavy listeners count less; 1 - alpha: how much popular items do"},
           {"power", 0.7, 0.05, 5, "exponent of every edge"},
           {"filter", 1.0, 1, 3, "1 = linear, 2 = second order, 3 = near an ideal low-pass", {}, true},
           {"memory_mb", 1000.0, 1, 1000000, "memory of the graph; above it the strongest edges stay"},
           impl::PlayWeights::parameter("log")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<TurboCf>(parameters);
          },
          {{}, {{"alpha", 0.5}, {"power", 1.0}}}};
}

}  // namespace mla::models
