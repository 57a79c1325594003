#include "learning/models/collaborative/slim.h"

#include <algorithm>
#include <cmath>

#include "learning/models/impl/linear_recommender.h"
#include "learning/models/impl/neighbourhoods.h"

namespace mla::models {
namespace {

constexpr std::size_t kChunk = 16;
constexpr double kSettled = 1e-4;  // largest change of a weight in a sweep that ends the descent

class Slim final : public impl::LinearRecommender {
 public:
  explicit Slim(const Parameters& parameters)
      : LinearRecommender(parameters),
        l1_(parameters.number("l1")),
        l2_(parameters.number("l2")),
        neighbours_(static_cast<std::size_t>(parameters.integer("neighbours"))),
        sweeps_(parameters.integer("sweeps")) {}

  std::string_view name() const override { return "slim"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    const math::CsrMatrix x = play_weights_.of(data.interactions.view());
    const math::CsrMatrix transposed = math::transpose(x.view());
    const math::CsrView by_item = transposed.view();
    std::vector<Scratch> scratch;
    for (int worker = 0; worker < work.pool.size(); ++worker) {
      scratch.push_back({impl::Neighbourhoods(x.view(), by_item),
                         std::vector<float>(static_cast<std::size_t>(x.rows), 0.0F),
                         {},
                         {}});
    }
    return weights_.make("sparse linear model", x.cols, kChunk, scratch, work,
                         [&](std::size_t j, Scratch& mine, impl::ItemWeights::Columns& columns) {
                           const auto target = static_cast<std::int32_t>(j);
                           columns.set(target, column(by_item, target, mine));
                         });
  }

 private:
  struct Scratch {
    impl::Neighbourhoods neighbourhoods;
    std::vector<float> residual;  // of every listener; 0 between columns
    std::vector<double> weights;
    std::vector<double> squares;
  };

  std::vector<math::Scored> column(const math::CsrView& by_item, std::int32_t target, Scratch& scratch) const {
    const auto& neighbours = scratch.neighbourhoods.of(target, neighbours_);
    std::vector<float>& residual = scratch.residual;
    const auto users = by_item.row_columns(target);
    const auto values = by_item.row_values(target);
    for (std::size_t u = 0; u < users.size(); ++u) residual[static_cast<std::size_t>(users[u])] = values[u];
    scratch.weights.assign(neighbours.size(), 0.0);
    scratch.squares.assign(neighbours.size(), 0.0);
    for (std::size_t k = 0; k < neighbours.size(); ++k) {
      for (const float value : by_item.row_values(neighbours[k].item)) {
        scratch.squares[k] += static_cast<double>(value) * value;
      }
    }
    for (int sweep = 0; sweep < sweeps_; ++sweep) {
      double largest = 0;
      for (std::size_t k = 0; k < neighbours.size(); ++k) {
        largest =
            std::max(largest, descend(by_item, neighbours[k].item, scratch.squares[k], residual, scratch.weights[k]));
      }
      if (largest < kSettled) break;
    }
    for (const std::int32_t user : users) residual[static_cast<std::size_t>(user)] = 0;
    std::vector<math::Scored> entries;
    for (std::size_t k = 0; k < neighbours.size(); ++k) {
      if (scratch.weights[k] > 0) {
        entries.push_back({neighbours[k].item, static_cast<float>(scratch.weights[k])});
      }
      for (const std::int32_t user : by_item.row_columns(neighbours[k].item)) {
        residual[static_cast<std::size_t>(user)] = 0;
      }
    }
    return entries;
  }

  // One coordinate; returns how far it moved.
  double descend(const math::CsrView& by_item, std::int32_t item, double squares, std::vector<float>& residual,
                 double& weight) const {
    const auto users = by_item.row_columns(item);
    const auto values = by_item.row_values(item);
    double product = squares * weight;
    for (std::size_t u = 0; u < users.size(); ++u) {
      product += static_cast<double>(values[u]) * residual[static_cast<std::size_t>(users[u])];
    }
    const double next = std::max(0.0, product - l1_) / (squares + l2_);
    const double change = next - weight;
    if (change == 0) return 0;
    for (std::size_t u = 0; u < users.size(); ++u) {
      residual[static_cast<std::size_t>(users[u])] -= static_cast<float>(change * static_cast<double>(values[u]));
    }
    weight = next;
    return std::abs(change);
  }

  double l1_;
  double l2_;
  std::size_t neighbours_;
  int sweeps_;
};

}  // namespace

Algorithm slim_algorithm() {
  return {
      "slim",
      "a sparse linear model of each item from those most like it, never negative",
      {{"l1", 0.3, 0, 1e6, "penalty that sets weak weights to 0"},
       {"l2", 30.0, 1e-3, 1e9, "regularisation"},
       {"neighbours", 200.0, 1, 10000, "items that each item is made from", {}, true},
       {"sweeps", 20.0, 1, 1000, "passes over the neighbours, at most", {}, true},
       impl::PlayWeights::parameter("binary")},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Slim>(parameters); },
      {{{"l2", 30.0}}, {{"l2", 100.0}}}};
}

}  // namespace mla::models
