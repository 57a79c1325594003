#include "learning/models/collaborative/ials.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"
#include "learning/models/impl/attribute_map.h"
#include "learning/models/impl/attributes.h"
#include "learning/models/impl/block_refiner.h"
#include "learning/models/impl/confidences.h"
#include "learning/models/impl/fold_in_evidence.h"
#include "learning/models/impl/item_vectors.h"
#include "learning/models/impl/row_refiner.h"
#include "learning/models/impl/row_solver.h"

namespace mla::models {
namespace {

constexpr std::size_t kRowsAChunk = 64;
// A smaller loss is within what first order leaves out, and no reason: a share of the score, and of 1, which is what
// the model aims at for what was heard.
constexpr double kLeastShare = 0.02;
constexpr double kLeastLost = 0.002;
constexpr double kUnobservedToObserved = 15;
constexpr double kMaxUnobservedWeight = 0.1;

// Unobserved pairs weigh 15 times as much as observed ones in sum. Validation on Gowalla (best .01, the rule .0099) and
// HetRec (.03, .033) agrees, and so does what Rendle et al. found on MSD (.02, .022).
double unobserved_weight(const TrainingData& data) {
  const double pairs = static_cast<double>(data.users()) * static_cast<double>(data.items());
  const double density = static_cast<double>(data.interactions.columns.size()) / std::max(1.0, pairs);
  return std::clamp(kUnobservedToObserved * density, 1e-6, kMaxUnobservedWeight);
}

// Turns the basis so that vectorsᵀ vectors is diagonal, and returns that diagonal. `others` turns too if given.
base::Result<std::vector<float>> rotate_to_diagonal_gram(math::Matrix& vectors, math::Matrix* others,
                                                         base::ThreadPool& pool) {
  MLA_ASSIGN(math::Eigen eigen, math::symmetric_eigen(math::gram(vectors.view(), pool)));
  math::multiply_in_place(vectors.view(), eigen.vectors.view(), pool);
  if (others != nullptr) math::multiply_in_place(others->view(), eigen.vectors.view(), pool);
  for (float& value : eigen.values) value = std::max(value, 0.0F);  // rounding may leave tiny negative ones
  return std::move(eigen.values);
}

constexpr int kUpdateEpochs = 3;  // from vectors that were learnt already

class Ials final : public Recommender {
 public:
  explicit Ials(const Parameters& parameters)
      : dims_(static_cast<std::size_t>(parameters.integer("factors"))),
        epochs_(parameters.integer("epochs")),
        steps_(parameters.integer("gradient_steps")),
        block_(static_cast<std::size_t>(parameters.integer("block"))),
        lambda_(parameters.number("regularization")),
        exponent_(parameters.number("frequency_exponent")),
        given_unobserved_(parameters.number("unobserved_weight")),
        confidences_(parameters),
        vectors_(parameters) {}

  std::string_view name() const override { return "ials"; }
  std::int32_t items() const override { return static_cast<std::int32_t>(vectors_.rows()); }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    return learn(data, first_vectors(data.items(), {}, work.seed), epochs_, work);
  }

  base::Status update(const TrainingData& data, std::span<const std::int32_t> old_items, base::Work& work) override {
    return learn(data, first_vectors(data.items(), old_items, work.seed), std::min(epochs_, kUpdateEpochs), work);
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    impl::RowSolver solver(dims_);
    std::vector<float> x(dims_);
    fold_in(listener.history, solver, x);
    math::products(vectors_.view(), x, scores);
  }

  void answer_together(std::size_t most) override { vectors_.answer_together(most); }

  void best(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
            std::vector<math::Scored>& best) const override {
    impl::RowSolver solver(dims_);
    std::vector<float> x(dims_);
    fold_in(listener.history, solver, x);
    vectors_.best(x, excluded, k, best);
  }

  void score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                   base::ThreadPool& pool) const override {
    math::Matrix x(listeners.size(), dims_);
    std::vector<impl::RowSolver> solvers(static_cast<std::size_t>(pool.size()), impl::RowSolver(dims_));
    pool.parallel_for(listeners.size(), 8, [&](std::size_t begin, std::size_t end, int worker) {
      for (std::size_t i = begin; i < end; ++i) {
        fold_in(listeners[i].history, solvers[static_cast<std::size_t>(worker)], x.row(i));
      }
    });
    vectors_.products(std::as_const(x).view(), scores, pool);
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    return std::move(explain_batch(listener, std::span(&item, 1), limit).front());
  }

  // The contribution of a history item is what the score would lose without it: its own part, less what the weights
  // of the others and the regularisation would change (first order).
  std::vector<std::vector<Evidence>> explain_batch(const Listener& listener, std::span<const std::int32_t> items,
                                                   std::size_t limit) const override {
    std::vector<std::vector<Evidence>> answers(items.size());
    const auto history = listener.history;
    if (history.empty() || limit == 0) return answers;
    OpenedRow row(*this, history);
    if (!row.opened.valid()) return answers;
    const math::Matrix targets = vectors_.view().gather(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      row.opened.look_at(targets.row(i));
      answers[i] = strongest(row.opened, history, row.weights, row.without, row.by_lambda(), limit);
    }
    return answers;
  }

  // Exact but for what the other weights and the regularisation change, which is taken to first order.
  std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                 std::span<const std::int32_t> items) const override {
    const auto history = listener.history;
    Effects effects{std::vector<float>(items.size()), math::Matrix(facts.size(), items.size())};
    if (history.empty()) return effects;
    OpenedRow row(*this, history);
    if (!row.opened.valid()) return std::nullopt;
    const math::Matrix targets = vectors_.view().gather(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      row.opened.look_at(targets.row(i));
      effects.scores[i] = static_cast<float>(row.opened.score());
      const double by_lambda = row.by_lambda();
      for (std::size_t f = 0; f < facts.size(); ++f) {
        if (facts[f].kind != Evidence::Kind::kCoListening) continue;
        const std::size_t r = impl::position_of(history, facts[f].id);
        effects.lost(f, i) =
            static_cast<float>(lost_without(row.opened, r, row.weights, row.without.of(r)) - by_lambda);
      }
    }
    return effects;
  }

  math::VectorsView item_vectors() const override { return vectors_.view(); }

  base::Status save(artifact::Writer& writer) const override {
    confidences_.save(writer);
    writer.set("regularization", lambda_);
    writer.set("frequency_exponent", exponent_);
    writer.set("unobserved_weight", unobserved_);
    vectors_.save(writer);
    writer.add("gram", gram_, {static_cast<std::int64_t>(gram_.size())});
    return {};
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(lambda_, impl::number_attribute(reader, "regularization"));
    MLA_ASSIGN(exponent_, impl::number_attribute(reader, "frequency_exponent"));
    MLA_ASSIGN(unobserved_, impl::number_attribute(reader, "unobserved_weight"));
    MLA_CHECK(vectors_.load(reader));
    MLA_CHECK(confidences_.load(reader, vectors_.rows()));
    MLA_ASSIGN(gram_, reader.floats("gram"));
    if (gram_.size() != vectors_.cols()) return impl::wrong_shape("gram", "one value a column of item_vectors");
    MLA_CHECK(impl::check_finite(gram_, "gram"));
    dims_ = vectors_.cols();
    reader_ = reader;
    return {};
  }

 private:
  base::Status learn(const TrainingData& data, math::Matrix items, int epochs, base::Work& work) {
    unobserved_ = given_unobserved_ > 0 ? given_unobserved_ : unobserved_weight(data);
    const math::CsrMatrix by_user = confidences_.learn(data.interactions.view());
    const math::CsrMatrix by_item = math::transpose(by_user.view());
    math::Matrix users(static_cast<std::size_t>(data.users()), dims_);
    work.progress.begin("iALS", static_cast<std::uint64_t>(epochs) * (users.rows() + items.rows()));
    for (int epoch = 0; epoch < epochs; ++epoch) {
      MLA_CHECK(solve_side(by_user.view(), items, users, work));
      MLA_CHECK(solve_side(by_item.view(), users, items, work));
    }
    work.progress.end();
    MLA_ASSIGN(owned_gram_, rotate_to_diagonal_gram(items, nullptr, work.pool));
    MLA_CHECK(impl::foretell_unheard(data, items, work));
    MLA_CHECK(vectors_.assign(std::move(items), work));
    gram_ = owned_gram_;
    reader_.reset();
    return {};
  }

  // Small and random; those of earlier items as they were.
  math::Matrix first_vectors(std::int32_t count, std::span<const std::int32_t> old_items, std::uint64_t seed) const {
    math::Matrix items(static_cast<std::size_t>(count), dims_);
    for (std::size_t i = 0; i < items.rows(); ++i) {
      if (i < old_items.size() && old_items[i] >= 0) {
        vectors_.view().row(static_cast<std::size_t>(old_items[i]), items.row(i));
        continue;
      }
      base::Random random = base::Random::stream(seed, i);
      for (float& v : items.row(i))
        v = static_cast<float>(0.1 / std::sqrt(static_cast<double>(dims_)) * random.normal());
    }
    return items;
  }

  // A folded-in history, ready to say what each of its entries adds.
  struct OpenedRow {
    OpenedRow(const Ials& model, std::span<const HistoryEntry> history)
        : columns(history.size()),
          weights(model.confidences_.of(history)),
          diagonal(model.row_diagonal(history.size())),
          x(model.dims_),
          heard(model.vectors_of(history)),
          opened(solved(model)),
          without(history, model.confidences_.weigh()),
          less_lambda(model.regularisation(history.size() - 1, model.vectors_.rows()) -
                      model.regularisation(history.size(), model.vectors_.rows())) {}

    OpenedRow(const OpenedRow&) = delete;
    OpenedRow& operator=(const OpenedRow&) = delete;

    // What the score of the item looked at gains by the weaker regularisation of a history that is one shorter.
    double by_lambda() const { return opened.gain_of_lambda() * less_lambda; }

    std::vector<std::int32_t> columns;
    std::vector<float> weights, diagonal, x;
    math::Matrix heard;
    impl::FoldInEvidence opened;  // views of the above
    impl::WeightsWithout without;
    double less_lambda;

   private:
    impl::FoldInEvidence solved(const Ials& model) {
      std::iota(columns.begin(), columns.end(), 0);
      impl::RowSolver(model.dims_).solve(heard.view(), columns, weights, diagonal, x);
      return {heard.view(), columns, weights, diagonal, x};
    }
  };

  // What the score loses without interaction r, the weights of the others changing to `changed`.
  static double lost_without(const impl::FoldInEvidence& opened, std::size_t r, std::span<const float> weights,
                             std::span<const float> changed) {
    double lost = opened.lost(r);
    for (std::size_t s = 0; s < weights.size(); ++s) {
      if (s == r) continue;
      lost -= opened.gain_of_weight(s) * static_cast<double>(changed[s < r ? s : s - 1] - weights[s]);
    }
    return lost;
  }

  static std::vector<Evidence> strongest(const impl::FoldInEvidence& opened, std::span<const HistoryEntry> history,
                                         std::span<const float> weights, impl::WeightsWithout& without,
                                         double by_lambda, std::size_t limit) {
    std::vector<std::pair<double, std::size_t>> parts;  // negated, so that the strongest comes first
    for (std::size_t r = 0; r < history.size(); ++r) {
      if (const double lost = opened.lost(r); lost > 0) parts.emplace_back(-lost, r);
    }
    const std::size_t looked_at = std::min(parts.size(), 2 * limit);
    std::partial_sort(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(looked_at), parts.end());
    const double least = std::max(kLeastLost, kLeastShare * std::fabs(opened.score()));
    std::vector<Evidence> evidence;
    for (std::size_t i = 0; i < looked_at; ++i) {
      const std::size_t r = parts[i].second;
      const double lost = lost_without(opened, r, weights, without.of(r)) - by_lambda;
      if (lost > least) evidence.push_back({Evidence::Kind::kCoListening, history[r].item, static_cast<float>(lost)});
    }
    std::stable_sort(evidence.begin(), evidence.end(),
                     [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
    evidence.resize(std::min(evidence.size(), limit));
    return evidence;
  }

  math::Matrix vectors_of(std::span<const HistoryEntry> history) const {
    std::vector<std::int32_t> items(history.size());
    std::transform(history.begin(), history.end(), items.begin(), [](const HistoryEntry& e) { return e.item; });
    return vectors_.view().gather(items);
  }

  double regularisation(std::size_t interactions, std::size_t others) const {
    return lambda_ * std::pow(static_cast<double>(interactions) + unobserved_ * static_cast<double>(others), exponent_);
  }

  std::vector<float> row_diagonal(std::size_t interactions) const {
    const double lambda = regularisation(interactions, vectors_.rows());
    std::vector<float> diagonal(dims_);
    for (std::size_t k = 0; k < dims_; ++k) diagonal[k] = static_cast<float>(unobserved_ * gram_[k] + lambda);
    return diagonal;
  }

  void fold_in(std::span<const HistoryEntry> history, impl::RowSolver& solver, std::span<float> x) const {
    std::vector<std::int32_t> columns(history.size());
    std::iota(columns.begin(), columns.end(), 0);
    solver.solve(vectors_of(history).view(), columns, confidences_.of(history), row_diagonal(history.size()), x);
  }

  // Whether a half epoch goes on from the vectors of the last one.
  bool improves() const { return steps_ > 0 || block_ > 0; }

  // One half epoch: `solved` becomes optimal for `fixed`, or comes closer to it; both are rotated first.
  base::Status solve_side(const math::CsrView& rows, math::Matrix& fixed, math::Matrix& solved,
                          base::Work& work) const {
    MLA_CHECK(work.check());
    MLA_ASSIGN(const std::vector<float> gram,
               rotate_to_diagonal_gram(fixed, improves() ? &solved : nullptr, work.pool));
    const math::ConstMatrixView vectors = std::as_const(fixed).view();
    std::vector<impl::RowSolver> solvers(static_cast<std::size_t>(work.pool.size()), impl::RowSolver(dims_));
    std::vector<impl::RowRefiner> refiners(solvers.size(), impl::RowRefiner(dims_));
    std::vector<impl::BlockRefiner> by_blocks(solvers.size(),
                                              impl::BlockRefiner(dims_, std::max<std::size_t>(1, block_)));
    work.pool.parallel_for(solved.rows(), kRowsAChunk, [&](std::size_t begin, std::size_t end, int worker) {
      if (work.cancel.cancelled()) return;
      std::vector<float> diagonal(dims_);
      for (std::size_t r = begin; r < end; ++r) {
        const auto row = static_cast<std::int32_t>(r);
        const double lambda = regularisation(rows.row_size(row), fixed.rows());
        for (std::size_t k = 0; k < dims_; ++k) diagonal[k] = static_cast<float>(unobserved_ * gram[k] + lambda);
        const auto columns = rows.row_columns(row);
        const auto weights = rows.row_values(row);
        const auto at = static_cast<std::size_t>(worker);
        const std::span<float> x = solved.row(r);
        if (block_ > 0) {
          if (by_blocks[at].refine(vectors, columns, weights, diagonal, x)) continue;
        } else if (steps_ > 0 && refiners[at].refine(vectors, columns, weights, diagonal, steps_, x)) {
          continue;
        }
        solvers[at].solve(vectors, columns, weights, diagonal, x);
      }
      work.progress.advance(end - begin);
    });
    return work.check();
  }

  std::size_t dims_;
  int epochs_;
  int steps_;
  std::size_t block_;
  double lambda_;
  double exponent_;
  double given_unobserved_;
  double unobserved_ = 0;
  impl::Confidences confidences_;
  std::vector<float> owned_gram_;
  impl::ItemVectors vectors_;    // items × dims with a diagonal Gram matrix
  std::span<const float> gram_;  // that diagonal; owned, or mapped by reader_
  std::optional<artifact::Reader> reader_;
};

std::vector<ParameterSpec> declared() {
  std::vector<ParameterSpec> all{
      {"factors", 128.0, 1, 2048, "dimensions of a vector", {}, true},
      {"epochs", 16.0, 1, 1000, "passes over the data", {}, true},
      {"gradient_steps", 3.0, 0, 100, "conjugate gradient steps a vector and epoch; 0 = solved exactly"},
      {"block", 0.0, 0, 2048, "instead, solve that many dimensions at a time (iALS++); 0 = do not", {}, true},
      {"regularization", 0.01, 1e-6, 1e3, "lambda, scaled by how often a listener or item occurs"},
      {"frequency_exponent", 1.0, 0, 2, "how strongly it scales"},
      {"unobserved_weight", 0.0, 0, 10, "weight of what was not played, against 1 for what was; 0 = by the density"}};
  std::ranges::copy(impl::ItemVectors::declare(), std::back_inserter(all));
  all.push_back(impl::Confidences::parameter());
  all.push_back(impl::PlayWeights::parameter("log"));
  return all;
}

}  // namespace

Algorithm ials_algorithm() {
  return {
      "ials",
      "matrix factorisation by alternating least squares on implicit feedback",
      declared(),
      [](const Parameters& parameters) -> std::unique_ptr<Recommender> { return std::make_unique<Ials>(parameters); },
      {{{"factors", 64.0}},
       {{"factors", 128.0}},
       {{"factors", 128.0}, {"regularization", 0.003}},
       {{"factors", 256.0}, {"regularization", 0.003}},
       {{"factors", 512.0}, {"regularization", 0.003}},
       {{"factors", 512.0}, {"regularization", 0.02}, {"frequency_exponent", 0.8}}},
      nullptr,
      impl::ItemVectors::lighter()};
}

}  // namespace mla::models
