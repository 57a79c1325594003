#include "learning/models/impl/row_voting.h"

#include <algorithm>
#include <cmath>

#include "learning/models/impl/attributes.h"

namespace mla::models::impl {
namespace {

// Entry of `row` that holds `item`, or -1.
std::ptrdiff_t find_entry(const math::CsrView& rows, std::int32_t row, std::int32_t item) {
  const auto columns = rows.row_columns(row);
  const auto at = std::lower_bound(columns.begin(), columns.end(), item);
  return at != columns.end() && *at == item ? at - columns.begin() : -1;
}

std::vector<HistoryEntry> all_but(std::span<const HistoryEntry> history, std::size_t left_out) {
  std::vector<HistoryEntry> rest(history.begin(), history.end());
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
  return rest;
}

}  // namespace

void RowVoting::assign(math::CsrMatrix rows, std::vector<float> matches, const math::CsrView& interactions,
                       double item_exponent, double target_exponent) {
  std::vector<double> listeners(static_cast<std::size_t>(rows.cols), 0.0);
  for (const std::int32_t item : interactions.columns) listeners[static_cast<std::size_t>(item)] += 1;
  owned_item_weights_.resize(listeners.size());
  owned_scales_.resize(listeners.size());
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    owned_item_weights_[i] = static_cast<float>(std::pow(std::max(1.0, listeners[i]), -item_exponent));
    owned_scales_[i] = static_cast<float>(std::pow(std::max(1.0, listeners[i]), -target_exponent));
  }
  owned_rows_ = std::move(rows);
  math::CsrView match_view = owned_rows_.view();
  match_view.values = matches;
  owned_index_ = math::transpose(match_view);
  rows_ = owned_rows_.view();
  index_ = owned_index_.view();
  item_weights_ = owned_item_weights_;
  scales_ = owned_scales_;
  reader_.reset();
}

std::vector<RowVoting::Near> RowVoting::nearest(std::span<const HistoryEntry> history) const {
  std::vector<float> weights = weigh(history);
  double squares = 0;
  for (std::size_t h = 0; h < history.size(); ++h) {
    weights[h] *= item_weights_[static_cast<std::size_t>(history[h].item)];
    squares += static_cast<double>(weights[h]) * weights[h];
  }
  std::vector<Near> found;
  std::vector<std::int32_t> place_of(static_cast<std::size_t>(rows_.rows), -1);
  for (std::size_t h = 0; h < history.size(); ++h) {
    if (!(weights[h] > 0)) continue;
    const auto holders = index_.row_columns(history[h].item);
    const auto values = index_.row_values(history[h].item);
    for (std::size_t i = 0; i < holders.size(); ++i) {
      std::int32_t& at = place_of[static_cast<std::size_t>(holders[i])];
      if (at < 0) {
        at = static_cast<std::int32_t>(found.size());
        found.push_back({holders[i]});
      }
      Near& near = found[static_cast<std::size_t>(at)];
      near.overlap += weights[h] * values[i];
      ++near.common;
    }
  }
  const double norm = std::sqrt(squares);
  for (Near& near : found) near.strength = rate(near, norm);
  std::erase_if(found, [](const Near& near) { return !(near.strength > 0); });
  if (found.size() > neighbours_) {
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(neighbours_), found.end(),
                     [](const Near& a, const Near& b) {
                       return a.strength != b.strength ? a.strength > b.strength : a.row < b.row;
                     });
    found.resize(neighbours_);
  }
  std::sort(found.begin(), found.end(), [](const Near& a, const Near& b) { return a.row < b.row; });
  for (Near& near : found) near.anchor = place(near.row, history);
  return found;
}

void RowVoting::score(const Listener& listener, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0F);
  for (const Near& near : nearest(listener.history)) {
    const auto columns = rows_.row_columns(near.row);
    const auto values = rows_.row_values(near.row);
    for (std::size_t i = 0; i < columns.size(); ++i)
      scores[static_cast<std::size_t>(columns[i])] += vote(near, values[i]);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] *= scales_[i];
}

float RowVoting::score_of(std::int32_t item, std::span<const Near> nearest) const {
  float sum = 0;
  for (const Near& near : nearest) {
    const std::ptrdiff_t at = find_entry(rows_, near.row, item);
    if (at >= 0) sum += vote(near, rows_.row_values(near.row)[static_cast<std::size_t>(at)]);
  }
  return sum * scales_[static_cast<std::size_t>(item)];
}

std::vector<std::vector<Evidence>> RowVoting::explain_batch(const Listener& listener,
                                                            std::span<const std::int32_t> items,
                                                            std::size_t limit) const {
  std::vector<std::vector<Evidence>> answers(items.size());
  if (limit == 0 || listener.history.empty()) return answers;
  const std::vector<Near> all = nearest(listener.history);
  const std::vector<float> weights = weigh(listener.history);
  std::vector<std::optional<std::vector<Near>>> without(listener.history.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    answers[i] = strongest(listener.history, items[i], all, weights, without, limit);
  }
  return answers;
}

std::optional<Effects> RowVoting::effects(const Listener& listener, std::span<const Evidence> facts,
                                          std::span<const std::int32_t> items) const {
  Effects effects{std::vector<float>(items.size()), math::Matrix(facts.size(), items.size())};
  if (listener.history.empty()) return effects;
  const std::vector<Near> all = nearest(listener.history);
  for (std::size_t i = 0; i < items.size(); ++i) effects.scores[i] = score_of(items[i], all);
  for (std::size_t f = 0; f < facts.size(); ++f) {
    if (facts[f].kind != Evidence::Kind::kCoListening) continue;
    const std::vector<Near> without = nearest(all_but(listener.history, position_of(listener.history, facts[f].id)));
    for (std::size_t i = 0; i < items.size(); ++i) {
      effects.lost(f, i) = effects.scores[i] - score_of(items[i], without);
    }
  }
  return effects;
}

std::vector<Evidence> RowVoting::strongest(std::span<const HistoryEntry> history, std::int32_t item,
                                           std::span<const Near> nearest_rows, std::span<const float> weights,
                                           std::vector<std::optional<std::vector<Near>>>& without,
                                           std::size_t limit) const {
  // First by what the voters have in common with the history, then exactly for the best of these.
  std::vector<std::pair<float, std::size_t>> parts;  // negated, so that the strongest comes first
  for (std::size_t h = 0; h < history.size(); ++h) parts.emplace_back(0.0F, h);
  for (const Near& near : nearest_rows) {
    const std::ptrdiff_t at = find_entry(rows_, near.row, item);
    if (at < 0) continue;
    const float voted = vote(near, rows_.row_values(near.row)[static_cast<std::size_t>(at)]);
    const auto columns = rows_.row_columns(near.row);
    for (std::size_t h = 0, c = 0; h < history.size() && c < columns.size();) {
      if (columns[c] < history[h].item) {
        ++c;
      } else if (columns[c] > history[h].item) {
        ++h;
      } else {
        parts[h].first -= voted * weights[h] * item_weights_[static_cast<std::size_t>(history[h].item)];
        ++h;
        ++c;
      }
    }
  }
  std::erase_if(parts, [](const auto& part) { return !(part.first < 0); });
  const std::size_t looked_at = std::min(parts.size(), 2 * limit);
  std::partial_sort(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(looked_at), parts.end());
  const float score = score_of(item, nearest_rows);
  std::vector<Evidence> evidence;
  for (std::size_t i = 0; i < looked_at; ++i) {
    const std::size_t h = parts[i].second;
    if (!without[h]) without[h] = nearest(all_but(history, h));
    const float lost = score - score_of(item, *without[h]);
    if (lost > 0) evidence.push_back({Evidence::Kind::kCoListening, history[h].item, lost});
  }
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
  evidence.resize(std::min(evidence.size(), limit));
  return evidence;
}

base::Status RowVoting::save(artifact::Writer& writer) const {
  writer.add("rows", rows_);
  writer.add("index", index_);
  writer.add("match_weights", item_weights_, {static_cast<std::int64_t>(item_weights_.size())});
  writer.add("vote_scales", scales_, {static_cast<std::int64_t>(scales_.size())});
  return {};
}

base::Status RowVoting::load(const artifact::Reader& reader) {
  MLA_ASSIGN(rows_, reader.csr("rows"));
  MLA_ASSIGN(index_, reader.csr("index"));
  MLA_ASSIGN(item_weights_, reader.floats("match_weights"));
  MLA_ASSIGN(scales_, reader.floats("vote_scales"));
  if (index_.rows != rows_.cols || index_.cols != rows_.rows) return wrong_shape("index", "items x rows");
  const auto items = static_cast<std::size_t>(rows_.cols);
  if (item_weights_.size() != items) return wrong_shape("match_weights", "one value an item");
  if (scales_.size() != items) return wrong_shape("vote_scales", "one value an item");
  MLA_CHECK(check_finite(rows_.values, "rows.values"));
  MLA_CHECK(check_finite(index_.values, "index.values"));
  MLA_CHECK(check_finite(item_weights_, "match_weights"));
  MLA_CHECK(check_finite(scales_, "vote_scales"));
  reader_ = reader;
  return {};
}

}  // namespace mla::models::impl
