#include "learning/models/impl/spectral_filter.h"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "foundation/math/blas.h"
#include "foundation/math/singular.h"
#include "foundation/math/sparse.h"
#include "learning/models/impl/attributes.h"
#include "learning/models/impl/linear_evidence.h"
#include "learning/models/impl/short_polynomial.h"

namespace mla::models::impl {
namespace {

// Listeners that pass over the graph together: a wider block leaves the caches, and each of its columns costs more.
constexpr std::size_t kBlock = 32;
constexpr std::size_t kDenseBlock = 256;  // listeners of a dense product, for which the right factor is packed once
constexpr std::size_t kColumnBlock = 64;  // low-pass vectors that pass over the graph together
constexpr std::size_t kTile = 32;         // items that are transposed together
// What a shorter polynomial may change along any eigenvector, as a share of the filter's largest value.
constexpr double kShortened = 1e-3;
// Losses that can be rounding, as shares of what the history adds and takes away, and of what the sums behind it do.
constexpr double kRounding = 1e-4;
constexpr double kInnerRounding = 1e-6;

std::size_t padded(std::size_t listeners) { return listeners <= 1 ? listeners : kBlock; }

math::MatrixView first_columns(math::Matrix& m, std::size_t columns) {
  return {m.values().data(), m.rows(), columns, m.cols()};
}

// rows += the transpose of the first columns of `columns`.
void add_transposed(const math::Matrix& columns, math::MatrixView rows) {
  for (std::size_t begin = 0; begin < rows.cols; begin += kTile) {
    const std::size_t end = std::min(rows.cols, begin + kTile);
    for (std::size_t r = 0; r < rows.rows; ++r) {
      for (std::size_t i = begin; i < end; ++i) rows(r, i) += columns(i, r);
    }
  }
}

// More leading vectors than this are no low-pass filter: they hold what single listeners happen to have.
std::size_t quarter_of_smaller_side(const math::CsrView& by_user, const math::CsrView& by_item) {
  const auto with_plays = [](const math::CsrView& rows) {
    std::size_t count = 0;
    for (std::int32_t row = 0; row < rows.rows; ++row) count += rows.row_size(row) > 0 ? 1 : 0;
    return count;
  };
  return std::max<std::size_t>(1, std::min(with_plays(by_user), with_plays(by_item)) / 4);
}

double length(std::span<const float> vector) {
  double square = 0;
  for (const float v : vector) square += static_cast<double>(v) * v;
  return std::sqrt(square);
}

}  // namespace

SpectralFilter::SpectralFilter(Design design, PlayWeights play_weights)
    : design_(std::move(design)), play_weights_(std::move(play_weights)) {}

base::Status SpectralFilter::fit(const TrainingData& data, base::Work& work) {
  reader_.reset();
  report_.clear();
  owned_by_user_ = play_weights_.of(data.interactions.view());
  const std::vector<double> item_degrees = normalise_degrees(owned_by_user_, 0.5);
  owned_by_item_ = math::transpose(owned_by_user_.view());
  by_user_ = owned_by_user_.view();
  by_item_ = owned_by_item_.view();
  MLA_CHECK(fit_low_pass(item_degrees, work));
  return work.check();
}

base::Status SpectralFilter::fit_low_pass(const std::vector<double>& item_degrees, base::Work& work) {
  const std::size_t wanted = design_.rank == kBySize ? std::min(static_cast<std::size_t>(design_.usual_rank),
                                                                quarter_of_smaller_side(by_user_, by_item_))
                                                     : static_cast<std::size_t>(design_.rank);
  MLA_ASSIGN(const math::RightSingular singular,
             math::leading_right_singular(by_user_, by_item_, wanted, design_.passes, work));
  const std::size_t items = item_degrees.size();
  rank_ = singular.values.size();
  if (rank_ > 0) {
    report_.push_back(fmt::format("low-pass filter of {} singular vectors, values {:.3f} to {:.3f}", rank_,
                                  singular.values.front(), singular.values.back()));
  }
  std::vector<double> eigenvalues;
  for (const float value : singular.values) eigenvalues.push_back(static_cast<double>(value) * value);
  const ShortPolynomial shorter = shorten(design_.polynomial, eigenvalues, kShortened);
  polynomial_ = shorter.coefficients;

  const std::size_t exact = shorter.rest.size();
  owned_left_ = math::Matrix(items, rank_ + exact);
  owned_right_ = math::Matrix(rank_ + exact, items);
  math::Matrix right(items, rank_);
  for (std::size_t i = 0; i < items; ++i) {
    const auto root = static_cast<float>(std::sqrt(item_degrees[i]));
    for (std::size_t c = 0; c < rank_; ++c) {
      const float v = singular.vectors(i, c);
      right(i, c) = v * root * design_.low_pass;
      owned_left_(i, c) = root > 0 ? v / root : 0;
      if (c >= exact) continue;
      owned_left_(i, rank_ + c) = v;
      owned_right_(rank_ + c, i) = shorter.rest[c] * v;
    }
  }
  MLA_CHECK(apply_polynomial(right, work));
  left_ = std::as_const(owned_left_).view();
  right_ = std::as_const(owned_right_).view();
  return {};
}

// The first rows of owned_right_ = (f(P) · right)ᵀ by Horner's rule, some columns at a time.
base::Status SpectralFilter::apply_polynomial(const math::Matrix& right, base::Work& work) {
  const std::vector<float>& c = design_.polynomial;
  work.progress.begin("low-pass filter", right.cols());
  for (std::size_t begin = 0; begin < right.cols(); begin += kColumnBlock) {
    const std::size_t width = std::min(kColumnBlock, right.cols() - begin);
    math::Matrix start(right.rows(), width);
    math::Matrix users(static_cast<std::size_t>(by_user_.rows), width);
    for (std::size_t i = 0; i < right.rows(); ++i) {
      std::copy_n(right.row(i).data() + begin, width, start.row(i).data());
    }
    math::Matrix state = start;
    for (float& v : state.values()) v *= c.back();
    for (std::size_t o = c.size() - 1; o-- > 0;) {
      math::multiply(by_user_, std::as_const(state).view(), users.view(), work.pool);
      math::multiply(by_item_, std::as_const(users).view(), c[o], std::as_const(start).view(), state.view(), work.pool);
    }
    for (std::size_t i = 0; i < right.rows(); ++i) {
      for (std::size_t column = 0; column < width; ++column) owned_right_(begin + column, i) = state(i, column);
    }
    work.progress.advance(width);
    MLA_CHECK(work.check());
  }
  work.progress.end();
  return {};
}

SpectralFilter::Scratch SpectralFilter::scratch(std::size_t listeners) const {
  const auto users = static_cast<std::size_t>(by_user_.rows);
  const auto items = static_cast<std::size_t>(by_user_.cols);
  const std::size_t width = padded(listeners);
  return {math::Matrix(users, width), math::Matrix(polynomial_.size() == 1 ? 0 : users, width),
          math::Matrix(items, width)};
}

void SpectralFilter::filter(std::span<const WeightedItems> rows, Scratch& scratch) const {
  const std::size_t width = padded(rows.size());
  const math::MatrixView start = first_columns(scratch.start, width);
  const math::MatrixView state = first_columns(scratch.state, width);
  const math::MatrixView filtered = first_columns(scratch.filtered, width);
  for (std::size_t user = 0; user < start.rows; ++user) std::fill_n(start.row(user).data(), width, 0.0F);
  for (std::size_t column = 0; column < rows.size(); ++column) {
    for (const WeightedItem& heard : rows[column]) {
      const auto users = by_item_.row_columns(heard.item);
      const auto values = by_item_.row_values(heard.item);
      for (std::size_t at = 0; at < users.size(); ++at) {
        start(static_cast<std::size_t>(users[at]), column) += heard.weight * values[at];
      }
    }
  }
  // R̃ᵀ f(R̃R̃ᵀ) R̃r by Horner's rule.
  const std::vector<float>& c = polynomial_;
  const math::MatrixView last = c.size() > 1 ? state : start;
  for (std::size_t user = 0; user < start.rows; ++user) {
    for (std::size_t column = 0; column < width; ++column) last(user, column) = c.back() * start(user, column);
  }
  for (std::size_t o = c.size() - 1; o-- > 0;) {
    math::multiply(by_item_, state, filtered);
    math::multiply(by_user_, filtered, c[o], start, state);
  }
  math::multiply(by_item_, last, filtered);
}

void SpectralFilter::coordinates(const WeightedItems& row, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  for (const WeightedItem& heard : row) {
    const auto vector = left_.row(static_cast<std::size_t>(heard.item));
    for (std::size_t c = 0; c < out.size(); ++c) out[c] += heard.weight * vector[c];
  }
}

void SpectralFilter::score(const Listener& listener, std::span<float> scores) const {
  const WeightedItems row = weighted(listener.history, play_weights_);
  std::vector<float> along(left_.cols);
  coordinates(row, along);
  math::multiply_transposed(right_, along, scores);
  Scratch one = scratch(1);
  filter({&row, 1}, one);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += one.filtered(i, 0);
}

void SpectralFilter::score_batch(std::span<const Listener> listeners, math::MatrixView scores,
                                 base::ThreadPool& pool) const {
  std::vector<Scratch> scratches(static_cast<std::size_t>(pool.size()), scratch(listeners.size()));
  pool.parallel_for(listeners.size(), kDenseBlock, [&](std::size_t begin, std::size_t end, int worker) {
    std::vector<WeightedItems> rows;
    math::Matrix along(end - begin, left_.cols);
    for (std::size_t i = begin; i < end; ++i) {
      rows.push_back(weighted(listeners[i].history, play_weights_));
      coordinates(rows.back(), along.row(i - begin));
    }
    math::multiply(1, std::as_const(along).view(), right_, 0, scores.slice(begin, end));
    Scratch& block = scratches[static_cast<std::size_t>(worker)];
    for (std::size_t at = 0; at < rows.size(); at += block.start.cols()) {
      const auto some = std::span(rows).subspan(at, std::min(block.start.cols(), rows.size() - at));
      filter(some, block);
      add_transposed(block.filtered, scores.slice(begin + at, begin + at + some.size()));
    }
  });
}

std::vector<Evidence> SpectralFilter::explain(const Listener& listener, std::int32_t item, std::size_t limit) const {
  return explain_batch(listener, {&item, 1}, limit).front();
}

math::Matrix SpectralFilter::values(const WeightedItems& heard, std::span<const std::int32_t> items,
                                    std::vector<double>& rounding) const {
  // P f(P) is symmetric: its column of an item is what the item alone would score.
  math::Matrix values(items.size(), heard.size());
  rounding.assign(items.size(), 0.0);
  Scratch block = scratch(items.size());
  std::vector<float> column(right_.rows);
  for (std::size_t at = 0; at < items.size(); at += block.start.cols()) {
    const auto some = items.subspan(at, std::min(block.start.cols(), items.size() - at));
    std::vector<WeightedItems> rows;
    for (const std::int32_t item : some) rows.push_back({{item, 1.0F}});
    filter(rows, block);
    for (std::size_t r = 0; r < some.size(); ++r) {
      for (std::size_t c = 0; c < column.size(); ++c) column[c] = right_(c, static_cast<std::size_t>(some[r]));
      const double column_length = length(column);
      for (std::size_t h = 0; h < heard.size(); ++h) {
        const auto item = static_cast<std::size_t>(heard[h].item);
        const auto vector = left_.row(item);
        float sum = block.filtered(item, r);
        for (std::size_t c = 0; c < column.size(); ++c) sum += vector[c] * column[c];
        values(at + r, h) = sum;
        rounding[at + r] +=
            heard[h].weight * (kRounding * std::fabs(sum) + kInnerRounding * length(vector) * column_length);
      }
    }
  }
  return values;
}

std::vector<std::vector<Evidence>> SpectralFilter::explain_batch(const Listener& listener,
                                                                 std::span<const std::int32_t> items,
                                                                 std::size_t limit) const {
  std::vector<double> rounding;
  const math::Matrix found = values(weighted(listener.history, play_weights_), items, rounding);
  return linear_evidence(listener.history, play_weights_.weigh(), found, rounding, limit);
}

std::optional<Effects> SpectralFilter::effects(const Listener& listener, std::span<const Evidence> facts,
                                               std::span<const std::int32_t> items) const {
  std::vector<double> rounding;
  const math::Matrix found = values(weighted(listener.history, play_weights_), items, rounding);
  return linear_effects(listener.history, play_weights_.weigh(), found, facts);
}

base::Status SpectralFilter::save(artifact::Writer& writer) const {
  play_weights_.save(writer);
  writer.set("polynomial", boost::json::array(polynomial_.begin(), polynomial_.end()));
  writer.set("low_pass_rank", rank_);
  writer.add("graph", by_user_);
  writer.add("graph_transposed", by_item_);
  writer.add("low_pass_left", left_);
  writer.add("low_pass_right", right_);
  return {};
}

base::Status SpectralFilter::load(const artifact::Reader& reader) {
  MLA_CHECK(play_weights_.load(reader));
  MLA_ASSIGN(polynomial_, numbers_attribute(reader, "polynomial"));
  if (polynomial_.empty()) return wrong_shape("polynomial", "at least one coefficient");
  MLA_ASSIGN(by_user_, reader.csr("graph"));
  MLA_ASSIGN(by_item_, reader.csr("graph_transposed"));
  MLA_ASSIGN(left_, reader.matrix("low_pass_left"));
  MLA_ASSIGN(right_, reader.matrix("low_pass_right"));
  if (by_item_.rows != by_user_.cols || by_item_.cols != by_user_.rows || by_item_.size() != by_user_.size()) {
    return wrong_shape("graph_transposed", "items x users");
  }
  if (left_.rows != static_cast<std::size_t>(by_user_.cols)) return wrong_shape("low_pass_left", "items x rank");
  if (right_.rows != left_.cols || right_.cols != left_.rows) return wrong_shape("low_pass_right", "rank x items");
  MLA_ASSIGN(const double rank, number_attribute(reader, "low_pass_rank"));
  if (!(rank >= 0 && rank <= static_cast<double>(left_.cols))) {
    return wrong_shape("low_pass_left", "at least low_pass_rank columns");
  }
  rank_ = static_cast<std::size_t>(rank);
  MLA_CHECK(check_finite(by_user_.values, "graph.values"));
  MLA_CHECK(check_finite(by_item_.values, "graph_transposed.values"));
  MLA_CHECK(check_finite({left_.data, left_.rows * left_.cols}, "low_pass_left"));
  MLA_CHECK(check_finite({right_.data, right_.rows * right_.cols}, "low_pass_right"));
  reader_ = reader;
  return {};
}

}  // namespace mla::models::impl
