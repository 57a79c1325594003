#include "learning/models/impl/item_weights.h"

#include <algorithm>
#include <numeric>

#include "learning/models/impl/attributes.h"

namespace mla::models::impl {

void ItemWeights::Columns::set(std::int32_t column, std::vector<math::Scored> entries) {
  entries.shrink_to_fit();
  columns_[static_cast<std::size_t>(column)] = std::move(entries);
}

void ItemWeights::assign(Columns columns) {
  const std::size_t items = columns.columns_.size();
  owned_ = {};
  owned_.rows = owned_.cols = static_cast<std::int32_t>(items);
  owned_.offsets.assign(items + 1, 0);
  for (const auto& column : columns.columns_) {
    for (const math::Scored& entry : column) ++owned_.offsets[static_cast<std::size_t>(entry.index) + 1];
  }
  std::partial_sum(owned_.offsets.begin(), owned_.offsets.end(), owned_.offsets.begin());
  owned_.columns.resize(static_cast<std::size_t>(owned_.offsets.back()));
  owned_.values.resize(owned_.columns.size());
  std::vector<std::int64_t> next(owned_.offsets.begin(), owned_.offsets.end() - 1);
  for (std::size_t target = 0; target < items; ++target) {
    for (const math::Scored& entry : columns.columns_[target]) {
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(entry.index)]++);
      owned_.columns[to] = static_cast<std::int32_t>(target);
      owned_.values[to] = entry.score;
    }
    columns.columns_[target] = {};  // frees what is copied
  }
  rows_ = owned_.view();
  reader_.reset();
}

void ItemWeights::score(std::span<const HistoryEntry> history, std::span<const float> weights,
                        std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0F);
  for (std::size_t h = 0; h < history.size(); ++h) {
    const auto targets = rows_.row_columns(history[h].item);
    const auto values = rows_.row_values(history[h].item);
    for (std::size_t at = 0; at < targets.size(); ++at) {
      scores[static_cast<std::size_t>(targets[at])] += weights[h] * values[at];
    }
  }
}

float ItemWeights::value(std::int32_t from, std::int32_t to) const {
  const auto targets = rows_.row_columns(from);
  const auto at = std::lower_bound(targets.begin(), targets.end(), to);
  if (at == targets.end() || *at != to) return 0;
  return rows_.row_values(from)[static_cast<std::size_t>(at - targets.begin())];
}

std::vector<Evidence> ItemWeights::explain(std::span<const HistoryEntry> history, const Weigh& weigh, std::int32_t item,
                                           std::size_t limit) const {
  const std::vector<float> weights = weigh(history);
  std::vector<float> values(history.size());
  std::vector<std::pair<float, std::size_t>> parts;  // negated, so that the strongest comes first
  for (std::size_t h = 0; h < history.size(); ++h) {
    values[h] = value(history[h].item, item);
    if (const float part = weights[h] * values[h]; part > 0) parts.emplace_back(-part, h);
  }
  if (parts.empty()) return {};
  // The same sum in the same order as `score`, leaving one entry out.
  const auto score_without = [&](std::size_t left_out) {
    std::vector<HistoryEntry> rest;
    rest.reserve(history.size());
    for (std::size_t h = 0; h < history.size(); ++h) {
      if (h != left_out) rest.push_back(history[h]);
    }
    const std::vector<float> remaining = weigh(rest);
    float sum = 0;
    for (std::size_t h = 0; h < rest.size(); ++h) sum += remaining[h] * values[h < left_out ? h : h + 1];
    return sum;
  };
  std::sort(parts.begin(), parts.end());
  std::vector<Evidence> evidence;
  const float score = score_without(history.size());
  for (const auto& [part, h] : parts) {
    if (evidence.size() == limit) break;
    const float lost = score - score_without(h);
    if (lost > 0) evidence.push_back({Evidence::Kind::kCoListening, history[h].item, lost});
  }
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
  return evidence;
}

base::Status ItemWeights::load(const artifact::Reader& reader) {
  MLA_ASSIGN(const math::CsrView rows, reader.csr("item_weights"));
  if (rows.rows != rows.cols) return wrong_shape("item_weights", "items x items");
  MLA_CHECK(check_finite(rows.values, "item_weights.values"));
  rows_ = rows;
  reader_ = reader;
  return {};
}

}  // namespace mla::models::impl
