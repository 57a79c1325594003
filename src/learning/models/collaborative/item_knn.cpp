#include "learning/models/collaborative/item_knn.h"

#include <algorithm>
#include <cmath>

#include "learning/models/impl/linear_recommender.h"

namespace mla::models {
namespace {

constexpr double kBm25Saturation = 1.2;
constexpr double kBm25Length = 0.75;

// The listeners × items matrix a of the header with n_u^(-user_exponent / 2) in it, so that s is a plain cosine.
void weigh(const std::string& similarity, double user_exponent, math::CsrMatrix& a) {
  std::vector<double> listeners(static_cast<std::size_t>(a.cols), 0.0);
  for (const std::int32_t item : a.columns) listeners[static_cast<std::size_t>(item)] += 1;
  const double mean_listeners = static_cast<double>(a.columns.size()) / std::max(1, a.cols);
  for (std::int32_t u = 0; u < a.rows; ++u) {
    const auto n_u = static_cast<double>(a.offsets[u + 1] - a.offsets[u]);
    const double row_weight = std::pow(std::max(1.0, n_u), -user_exponent / 2);
    const double rarity = std::log((a.cols + 1) / std::max(1.0, n_u));
    for (auto at = static_cast<std::size_t>(a.offsets[u]); at < static_cast<std::size_t>(a.offsets[u + 1]); ++at) {
      double value = a.values[at];
      if (similarity == "tfidf") {
        value = std::sqrt(value) * rarity;
      } else if (similarity == "bm25") {
        const double length = listeners[static_cast<std::size_t>(a.columns[at])] / mean_listeners;
        const double k = kBm25Saturation * (1 - kBm25Length + kBm25Length * length);
        value = rarity * value * (kBm25Saturation + 1) / (value + k);
      }
      a.values[at] = static_cast<float>(value * row_weight);
    }
  }
}

// Sums of one target column over all items; sparse reset between columns.
struct Column {
  explicit Column(std::int32_t items)
      : sum(static_cast<std::size_t>(items), 0.0F), common(static_cast<std::size_t>(items), 0) {}
  std::vector<float> sum;
  std::vector<std::int32_t> common;
  std::vector<std::int32_t> touched;
};

class ItemKnn final : public impl::LinearRecommender {
 public:
  explicit ItemKnn(const Parameters& parameters)
      : LinearRecommender(parameters),
        similarity_(parameters.text("similarity")),
        neighbours_(static_cast<std::size_t>(parameters.integer("neighbours"))),
        shrink_(parameters.number("shrink")),
        user_exponent_(parameters.number("user_exponent")),
        target_exponent_(parameters.number("target_exponent")) {}

  std::string_view name() const override { return "item_knn"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    math::CsrMatrix a = play_weights_.of(data.interactions.view());
    weigh(similarity_, user_exponent_, a);
    const math::CsrView by_user = a.view();
    const math::CsrMatrix transposed = math::transpose(by_user);
    const math::CsrView by_item = transposed.view();

    std::vector<float> norms(static_cast<std::size_t>(a.cols), 0.0F);
    for (std::int32_t item = 0; item < a.cols; ++item) {
      double square = 0;
      for (const float v : by_item.row_values(item)) square += static_cast<double>(v) * v;
      norms[static_cast<std::size_t>(item)] = static_cast<float>(std::sqrt(square));
    }

    impl::ItemWeights::Columns columns(a.cols);
    std::vector<Column> scratch(static_cast<std::size_t>(work.pool.size()), Column(a.cols));
    work.progress.begin("item neighbours", static_cast<std::uint64_t>(a.cols));
    work.pool.parallel_for(static_cast<std::size_t>(a.cols), 64, [&](std::size_t begin, std::size_t end, int worker) {
      if (work.cancel.cancelled()) return;
      for (std::size_t item = begin; item < end; ++item) {
        columns.set(static_cast<std::int32_t>(item), nearest(by_user, by_item, static_cast<std::int32_t>(item), norms,
                                                             scratch[static_cast<std::size_t>(worker)]));
      }
      work.progress.advance(end - begin);
    });
    work.progress.end();
    MLA_CHECK(work.check());
    weights_.assign(std::move(columns));
    return {};
  }

 private:
  std::vector<math::Scored> nearest(const math::CsrView& by_user, const math::CsrView& by_item, std::int32_t target,
                                    std::span<const float> norms, Column& column) const {
    const auto users = by_item.row_columns(target);
    const auto user_values = by_item.row_values(target);
    for (std::size_t u = 0; u < users.size(); ++u) {
      const auto items = by_user.row_columns(users[u]);
      const auto values = by_user.row_values(users[u]);
      for (std::size_t at = 0; at < items.size(); ++at) {
        const auto i = static_cast<std::size_t>(items[at]);
        if (column.common[i]++ == 0) column.touched.push_back(items[at]);
        column.sum[i] += user_values[u] * values[at];
      }
    }
    std::vector<math::Scored> found;
    found.reserve(column.touched.size());
    const double target_norm = std::pow(norms[static_cast<std::size_t>(target)], target_exponent_);
    for (const std::int32_t item : column.touched) {
      const auto i = static_cast<std::size_t>(item);
      const double common = column.common[i];
      // A positive sum has positive norms.
      if (item != target && column.sum[i] > 0) {
        const double damping = common / (common + shrink_);
        found.push_back({item, static_cast<float>(damping * column.sum[i] / (norms[i] * target_norm))});
      }
      column.sum[i] = 0;
      column.common[i] = 0;
    }
    column.touched.clear();
    if (found.size() > neighbours_) {
      std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(neighbours_), found.end(),
                       math::better);
      found.resize(neighbours_);
    }
    return found;
  }

  std::string similarity_;
  std::size_t neighbours_;
  double shrink_;
  double user_exponent_;
  double target_exponent_;
};

}  // namespace

Algorithm item_knn_algorithm() {
  return {"item_knn",
          "items whose listeners overlap with those of the history",
          {{"similarity", std::string("cosine"), 0, 0, "how likeness is measured", {"cosine", "tfidf", "bm25"}},
           {"neighbours", 1000.0, 1, 100000, "neighbours kept for each item", {}, true},
           {"shrink", 2.0, 0, 1e6, "common listeners at which likeness counts half"},
           {"user_exponent", 1.0, 0, 4, "how much listeners of many items count less"},
           {"target_exponent", 0.8, 0, 2, "how much popular items are held back; 1 = cosine"},
           impl::PlayWeights::parameter("log")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<ItemKnn>(parameters);
          },
          {{},
           {{"target_exponent", 0.5}},
           {{"similarity", std::string("bm25")}},
           {{"user_exponent", 0.5}, {"target_exponent", 0.5}}}};
}

}  // namespace mla::models
