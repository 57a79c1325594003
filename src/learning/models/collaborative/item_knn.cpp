#include "learning/models/collaborative/item_knn.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <hwy/cache_control.h>

#include "learning/models/impl/linear_recommender.h"
#include "learning/models/impl/overlaps.h"

namespace mla::models {
namespace {

constexpr std::size_t kChunk = 64;
constexpr std::size_t kAhead = 4;
constexpr double kBm25Saturation = 1.2;
constexpr double kBm25Length = 0.75;
// Below any weight that means something, and large enough for the product of two to be more than 0: a sum is 0 only
// where listeners have nothing in common.
constexpr float kLeastWeight = 1e-15F;

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
      a.values[at] = std::max(kLeastWeight, static_cast<float>(value * row_weight));
    }
  }
}

// Items by their listeners, fewest first: those that are added to most often then lie close together, and a few common
// listeners already make a rare item a near one, so that most later items are passed over.
struct Popularity {
  explicit Popularity(const math::CsrView& by_item) : items(static_cast<std::size_t>(by_item.rows)) {
    std::iota(items.begin(), items.end(), 0);
    std::stable_sort(items.begin(), items.end(),
                     [&](std::int32_t a, std::int32_t b) { return by_item.row_size(a) < by_item.row_size(b); });
    ranks.resize(items.size());
    for (std::size_t rank = 0; rank < items.size(); ++rank) {
      ranks[static_cast<std::size_t>(items[rank])] = static_cast<std::int32_t>(rank);
    }
  }
  std::vector<std::int32_t> items;  // by rank
  std::vector<std::int32_t> ranks;  // by item
};

// Listeners of an item lie anywhere in the matrix: their rows are asked for before they are added up.
void fetch_ahead(const math::CsrView& rows, std::int32_t row) {
  hwy::Prefetch(rows.row_columns(row).data());
  hwy::Prefetch(rows.row_values(row).data());
}

class ItemKnn final : public impl::LinearRecommender {
 public:
  explicit ItemKnn(const Parameters& parameters)
      : LinearRecommender(parameters),
        similarity_(parameters.text("similarity")),
        neighbours_(static_cast<std::size_t>(parameters.integer("neighbours"))),
        shrink_(parameters.number("shrink")),
        user_exponent_(parameters.number("user_exponent")),
        target_exponent_(parameters.number("target_exponent")),
        cut_rows_(parameters.text("cut") == "history") {}

  std::string_view name() const override { return "item_knn"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    math::CsrMatrix a = play_weights_.of(data.interactions.view());
    weigh(similarity_, user_exponent_, a);
    const math::CsrMatrix transposed = math::transpose(a.view());
    const math::CsrView by_item = transposed.view();
    const Popularity popularity(by_item);
    for (std::int32_t& column : a.columns) column = popularity.ranks[static_cast<std::size_t>(column)];
    std::vector<float> inverse_norms(popularity.items.size());  // by rank; 0 without a listener
    for (std::size_t rank = 0; rank < inverse_norms.size(); ++rank) {
      double square = 0;
      for (const float v : by_item.row_values(popularity.items[rank])) square += static_cast<double>(v) * v;
      inverse_norms[rank] = square > 0 ? static_cast<float>(1 / std::sqrt(square)) : 0;
    }

    // Of a column the length of its own item is the same for all entries; of a row that of the item of the history.
    const auto powers = [&](double exponent) {
      std::vector<float> raised(inverse_norms);
      for (float& one : raised) one = one > 0 ? static_cast<float>(std::pow(one, exponent)) : 0;
      return raised;
    };
    const std::vector<float> own = powers(cut_rows_ ? 1 : target_exponent_);
    struct Scratch {
      impl::Overlaps overlaps;
      std::vector<math::Scored> best;
    };
    std::vector<Scratch> scratch(
        static_cast<std::size_t>(work.pool.size()),
        {impl::Overlaps(powers(cut_rows_ ? target_exponent_ : 1), static_cast<float>(shrink_)), {}});
    const math::CsrView by_user = a.view();
    return weights_.make(
        "item neighbours", a.cols, kChunk, scratch, work,
        [&](std::size_t rank, Scratch& mine, impl::ItemWeights::Columns& lines) {
          const std::int32_t item = popularity.items[rank];
          const auto users = by_item.row_columns(item);
          const auto values = by_item.row_values(item);
          for (std::size_t u = 0; u < users.size(); ++u) {
            if (u + kAhead < users.size()) fetch_ahead(by_user, users[u + kAhead]);
            mine.overlaps.add(by_user.row_columns(users[u]), values[u], by_user.row_values(users[u]));
          }
          mine.overlaps.drop(rank);
          mine.overlaps.take_best(neighbours_, mine.best);
          for (math::Scored& one : mine.best) {
            one = {popularity.items[static_cast<std::size_t>(one.index)], one.score * own[rank]};
          }
          lines.set(item, {mine.best.begin(), mine.best.end()});
        },
        cut_rows_ ? impl::ItemWeights::Line::kRow : impl::ItemWeights::Line::kColumn);
  }

 private:
  std::string similarity_;
  std::size_t neighbours_;
  double shrink_;
  double user_exponent_;
  double target_exponent_;
  bool cut_rows_;
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
           {"cut",
            std::string("target"),
            0,
            0,
            "whose neighbours are kept: those of each item that is scored, or of each item of the history",
            {"target", "history"}},
           impl::PlayWeights::parameter("log")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<ItemKnn>(parameters);
          },
          {{},
           {{"target_exponent", 0.5}},
           {{"similarity", std::string("bm25")}},
           {{"user_exponent", 0.5}, {"target_exponent", 0.5}},
           {{"cut", std::string("history")}}},
          nullptr,
          {{{"neighbours", 200.0}}}};
}

}  // namespace mla::models
