#include "learning/models/collaborative/sansa.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "foundation/math/decompose.h"
#include "learning/models/impl/linear_recommender.h"
#include "learning/models/impl/neighbourhoods.h"

namespace mla::models {
namespace {

constexpr std::size_t kChunk = 16;
constexpr double kMegabyte = 1 << 20;
constexpr double kBytesAnEntry = 16;  // while columns are collected and transposed

class Sansa final : public impl::LinearRecommender {
 public:
  explicit Sansa(const Parameters& parameters)
      : LinearRecommender(parameters),
        lambda_(static_cast<float>(parameters.number("lambda"))),
        neighbours_(static_cast<std::size_t>(parameters.integer("neighbours"))),
        memory_(parameters.number("memory_mb") * kMegabyte) {}

  std::string_view name() const override { return "sansa"; }
  std::vector<std::string> report() const override { return report_; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    const math::CsrMatrix x = play_weights_.of(data.interactions.view());
    const math::CsrMatrix transposed = math::transpose(x.view());
    const std::size_t most = affordable(data.items(), work.pool.size());
    std::vector<Scratch> scratch;
    for (int worker = 0; worker < work.pool.size(); ++worker) {
      scratch.push_back({impl::Neighbourhoods(x.view(), transposed.view()), {}, {}});
    }
    return weights_.make("sparse inverse", x.cols, kChunk, scratch, work,
                         [&](std::size_t j, Scratch& mine, impl::ItemWeights::Columns& columns) {
                           const auto target = static_cast<std::int32_t>(j);
                           columns.set(target, column(target, most, mine));
                         });
  }

 private:
  struct Scratch {
    impl::Neighbourhoods neighbourhoods;
    std::vector<float> gram;
    std::vector<float> weights;
  };

  // Neighbours that the memory allows.
  std::size_t affordable(std::int32_t items, int threads) {
    const double an_item = kBytesAnEntry * std::max(1, items);
    // 4 t n² + an_item · n = memory
    const double n = (-an_item + std::sqrt(an_item * an_item + 16.0 * threads * memory_)) / (8.0 * threads);
    const std::size_t most = std::max<std::size_t>(1, std::min(neighbours_, static_cast<std::size_t>(n)));
    report_.clear();
    if (most < neighbours_) {
      report_.push_back(fmt::format("sansa: {} neighbours an item instead of {} in {:.0f} MB", most, neighbours_,
                                    memory_ / kMegabyte));
    }
    return most;
  }

  std::vector<math::Scored> column(std::int32_t target, std::size_t most, Scratch& scratch) const {
    const auto& neighbours = scratch.neighbourhoods.of(target, most);
    const std::size_t n = neighbours.size();
    if (n == 0) return {};
    scratch.gram.resize(n * n);
    scratch.weights.resize(n);
    const math::MatrixView gram{scratch.gram.data(), n, n, n};
    scratch.neighbourhoods.gram(gram);
    for (std::size_t k = 0; k < n; ++k) {
      gram(k, k) += lambda_;
      scratch.weights[k] = neighbours[k].product;
    }
    if (!math::solve_positive(gram, scratch.weights)) return {};
    std::vector<math::Scored> entries;
    for (std::size_t k = 0; k < n; ++k) {
      if (scratch.weights[k] != 0) entries.push_back({neighbours[k].item, scratch.weights[k]});
    }
    return entries;
  }

  float lambda_;
  std::size_t neighbours_;
  double memory_;
  std::vector<std::string> report_;
};

}  // namespace

Algorithm sansa_algorithm() {
  return {
      "sansa",
      "EASE through a sparse approximate inverse, for large catalogues",
      {{"lambda", 60.0, 1e-3, 1e9, "regularisation"},
       {"neighbours", 200.0, 1, 10000, "items that each column of the inverse may use", {}, true},
       {"memory_mb", 4096.0, 1, 1e7, "megabytes that the fit may take; fewer neighbours if it must"},
       impl::PlayWeights::parameter("binary")},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Sansa>(parameters); },
      {{{"lambda", 60.0}}, {{"lambda", 150.0}}}};
}

}  // namespace mla::models
