#include "learning/models/collaborative/ease.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "foundation/math/decompose.h"
#include "learning/models/impl/linear_recommender.h"

namespace mla::models {
namespace {

constexpr std::size_t kColumnBlock = 16;

// I + X Xᵀ of sparse rows x, given also transposed.
math::Matrix regularised_gram(const math::CsrView& x, const math::CsrView& transposed, base::ThreadPool& pool) {
  math::Matrix gram(static_cast<std::size_t>(x.rows), static_cast<std::size_t>(x.rows));
  pool.parallel_for(static_cast<std::size_t>(x.rows), 16, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t row = begin; row < end; ++row) {
      const auto sums = gram.row(row);
      const auto columns = x.row_columns(static_cast<std::int32_t>(row));
      const auto values = x.row_values(static_cast<std::int32_t>(row));
      for (std::size_t at = 0; at < columns.size(); ++at) {
        const auto others = transposed.row_columns(columns[at]);
        const auto other_values = transposed.row_values(columns[at]);
        for (std::size_t o = 0; o < others.size(); ++o) {
          sums[static_cast<std::size_t>(others[o])] += values[at] * other_values[o];
        }
      }
      sums[row] += 1;
    }
  });
  return gram;
}

// The strongest entries of one column of B.
class Strongest {
 public:
  explicit Strongest(std::size_t keep) : keep_(keep) {}

  std::vector<math::Scored> of(std::span<const float> column) {
    magnitudes_.resize(column.size());
    for (std::size_t i = 0; i < column.size(); ++i) magnitudes_[i] = std::abs(column[i]);
    math::top_k(magnitudes_, {}, keep_, best_);
    while (!best_.empty() && best_.back().score == 0) best_.pop_back();
    for (math::Scored& entry : best_) entry.score = column[static_cast<std::size_t>(entry.index)];
    return best_;
  }

 private:
  std::size_t keep_;
  std::vector<float> magnitudes_;
  std::vector<math::Scored> best_;
};

class Ease final : public impl::LinearRecommender {
 public:
  explicit Ease(const Parameters& parameters)
      : LinearRecommender(parameters),
        lambda_(parameters.number("lambda")),
        keep_(static_cast<std::size_t>(parameters.integer("keep"))),
        dropout_(parameters.number("dropout")),
        max_dense_(parameters.integer("max_dense")) {}

  std::string_view name() const override { return "ease"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    const std::int32_t side = std::min(data.users(), data.items());
    if (side > max_dense_) {
      return base::Error{base::ErrorCode::kUnsupported,
                         fmt::format("ease with {} users and {} items needs a dense {} x {} matrix ({:.1f} GB), more "
                                     "than max_dense = {} allows; raise max_dense or choose ials or item_knn",
                                     data.users(), data.items(), side, side, 4e-9 * side * side, max_dense_)};
    }
    math::CsrMatrix x = play_weights_.of(data.interactions.view());
    const std::vector<float> roots = scale_columns(x);
    const math::CsrMatrix transposed = math::transpose(x.view());
    impl::ItemWeights::Columns columns(x.cols);
    if (data.users() < data.items()) {
      MLA_CHECK(fit_dual(x.view(), transposed.view(), roots, columns, work));
    } else {
      MLA_CHECK(fit_direct(x.view(), transposed.view(), roots, columns, work));
    }
    weights_.assign(std::move(columns), work.pool);
    return {};
  }

 private:
  // x ← X Λ^-½; returns the diagonal of Λ^½.
  std::vector<float> scale_columns(math::CsrMatrix& x) const {
    std::vector<double> penalties(static_cast<std::size_t>(x.cols), 0.0);
    for (std::size_t at = 0; at < x.columns.size(); ++at) {
      penalties[static_cast<std::size_t>(x.columns[at])] += static_cast<double>(x.values[at]) * x.values[at];
    }
    std::vector<float> roots(penalties.size());
    for (std::size_t i = 0; i < roots.size(); ++i) {
      roots[i] = static_cast<float>(std::sqrt(lambda_ + dropout_ / (1 - dropout_) * penalties[i]));
    }
    for (std::size_t at = 0; at < x.columns.size(); ++at) {
      x.values[at] /= roots[static_cast<std::size_t>(x.columns[at])];
    }
    return roots;
  }

  base::Status fit_dual(const math::CsrView& by_user, const math::CsrView& by_item, std::span<const float> roots,
                        impl::ItemWeights::Columns& columns, base::Work& work) const {
    const auto users = static_cast<std::size_t>(by_user.rows);
    const auto items = static_cast<std::size_t>(by_user.cols);
    work.progress.begin("EASE: users x users", users);
    math::Matrix m = regularised_gram(by_user, by_item, work.pool);
    MLA_CHECK(work.check());
    MLA_CHECK(math::invert_positive(m.view(), work));

    struct Scratch {
      std::vector<float> solved;  // M x_j
      std::vector<float> block;   // users × kColumnBlock: M x_j of the columns of a block
      math::Matrix q;             // kColumnBlock × items
      Strongest strongest;
    };
    std::vector<Scratch> scratch(static_cast<std::size_t>(work.pool.size()),
                                 {std::vector<float>(users), std::vector<float>(users * kColumnBlock),
                                  math::Matrix(kColumnBlock, items), Strongest(keep_)});
    work.progress.begin("EASE: columns", items);
    work.pool.parallel_for(items, kColumnBlock, [&](std::size_t begin, std::size_t end, int worker) {
      if (work.cancel.cancelled()) return;
      auto& [solved, block, q, strongest] = scratch[static_cast<std::size_t>(worker)];
      for (std::size_t j = begin; j < end; ++j) {
        std::fill(solved.begin(), solved.end(), 0.0F);
        const auto listeners = by_item.row_columns(static_cast<std::int32_t>(j));
        const auto values = by_item.row_values(static_cast<std::int32_t>(j));
        for (std::size_t at = 0; at < listeners.size(); ++at) {
          const auto row = m.row(static_cast<std::size_t>(listeners[at]));
          for (std::size_t u = 0; u < users; ++u) solved[u] += values[at] * row[u];
        }
        for (std::size_t u = 0; u < users; ++u) block[u * kColumnBlock + (j - begin)] = solved[u];
      }
      for (std::size_t i = 0; i < items; ++i) {
        float sums[kColumnBlock] = {};
        const auto listeners = by_item.row_columns(static_cast<std::int32_t>(i));
        const auto values = by_item.row_values(static_cast<std::int32_t>(i));
        for (std::size_t at = 0; at < listeners.size(); ++at) {
          const float* row = block.data() + static_cast<std::size_t>(listeners[at]) * kColumnBlock;
          for (std::size_t c = 0; c < kColumnBlock; ++c) sums[c] += values[at] * row[c];
        }
        for (std::size_t c = 0; c < end - begin; ++c) q(c, i) = sums[c];
      }
      for (std::size_t j = begin; j < end; ++j) {
        const auto column = q.row(j - begin);
        const float scale = roots[j] / (1 - column[j]);
        for (std::size_t i = 0; i < items; ++i) column[i] *= scale / roots[i];
        column[j] = 0;
        columns.set(static_cast<std::int32_t>(j), strongest.of(column));
      }
      work.progress.advance(end - begin);
    });
    work.progress.end();
    return work.check();
  }

  base::Status fit_direct(const math::CsrView& by_user, const math::CsrView& by_item, std::span<const float> roots,
                          impl::ItemWeights::Columns& columns, base::Work& work) const {
    const auto items = static_cast<std::size_t>(by_user.cols);
    work.progress.begin("EASE: items x items", items);
    math::Matrix p = regularised_gram(by_item, by_user, work.pool);
    MLA_CHECK(work.check());
    MLA_CHECK(math::invert_positive(p.view(), work));
    std::vector<Strongest> strongest(static_cast<std::size_t>(work.pool.size()), Strongest(keep_));
    work.progress.begin("EASE: columns", items);
    work.pool.parallel_for(items, kColumnBlock, [&](std::size_t begin, std::size_t end, int worker) {
      if (work.cancel.cancelled()) return;
      for (std::size_t j = begin; j < end; ++j) {
        const auto column = p.row(j);  // P is symmetric; each row is used once, so B takes its place
        const float scale = -roots[j] / column[j];
        for (std::size_t i = 0; i < items; ++i) column[i] *= scale / roots[i];
        column[j] = 0;
        columns.set(static_cast<std::int32_t>(j), strongest[static_cast<std::size_t>(worker)].of(column));
      }
      work.progress.advance(end - begin);
    });
    work.progress.end();
    return work.check();
  }

  double lambda_;
  std::size_t keep_;
  double dropout_;
  std::int32_t max_dense_;
};

}  // namespace

Algorithm ease_algorithm() {
  return {
      "ease",
      "the linear model that best rebuilds every history from its other items",
      {{"lambda", 100.0, 1e-3, 1e9, "regularisation"},
       {"dropout", 0.5, 0, 0.99, "share of a history's items that the model learns to do without"},
       {"keep", 600.0, 1, 1000000, "strongest weights kept for each item", {}, true},
       {"max_dense", 20000.0, 1, 60000, "largest side of a dense matrix (4 bytes x side x side of memory)", {}, true},
       impl::PlayWeights::parameter("binary")},
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Ease>(parameters); },
      {{{"lambda", 100.0}}, {{"lambda", 300.0}}, {{"lambda", 30.0}}, {{"lambda", 1000.0}}}};
}

}  // namespace mla::models
