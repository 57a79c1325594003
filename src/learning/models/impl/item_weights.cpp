#include "learning/models/impl/item_weights.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "learning/models/impl/attributes.h"
#include "learning/models/impl/linear_evidence.h"

namespace mla::models::impl {
namespace {

constexpr std::size_t kMaxChunks = 16;  // of the transposition: each costs 8 bytes an item

}  // namespace

void ItemWeights::Columns::set(std::int32_t column, std::vector<math::Scored> entries) {
  entries.shrink_to_fit();
  columns_[static_cast<std::size_t>(column)] = std::move(entries);
}

// A transposition in two rounds over the same chunks of targets: count, then place each entry behind those of its row
// that earlier chunks have.
void ItemWeights::assign(Columns columns, base::ThreadPool& pool) {
  const std::size_t items = columns.columns_.size();
  const std::size_t grain = std::max<std::size_t>(1, (items + kMaxChunks - 1) / kMaxChunks);
  std::vector<std::vector<std::int64_t>> next(base::ThreadPool::chunks(items, grain));  // chunks × rows
  pool.parallel_for(items, grain, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::int64_t>& counts = next[begin / grain];
    counts.assign(items, 0);
    for (std::size_t target = begin; target < end; ++target) {
      for (const math::Scored& entry : columns.columns_[target]) ++counts[static_cast<std::size_t>(entry.index)];
    }
  });
  owned_ = {};
  owned_.rows = owned_.cols = static_cast<std::int32_t>(items);
  owned_.offsets.assign(items + 1, 0);
  std::int64_t at = 0;
  for (std::size_t row = 0; row < items; ++row) {
    for (std::vector<std::int64_t>& chunk : next) at += std::exchange(chunk[row], at);
    owned_.offsets[row + 1] = at;
  }
  owned_.columns.resize(static_cast<std::size_t>(at));
  owned_.values.resize(owned_.columns.size());
  pool.parallel_for(items, grain, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t target = begin; target < end; ++target) {
      for (const math::Scored& entry : columns.columns_[target]) {
        const auto to = static_cast<std::size_t>(next[begin / grain][static_cast<std::size_t>(entry.index)]++);
        owned_.columns[to] = static_cast<std::int32_t>(target);
        owned_.values[to] = entry.score;
      }
      columns.columns_[target] = {};  // frees what is copied
    }
  });
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

math::Matrix ItemWeights::values(std::span<const HistoryEntry> history, std::span<const std::int32_t> items) const {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return items[a] < items[b]; });
  math::Matrix values(items.size(), history.size());
  for (std::size_t h = 0; h < history.size(); ++h) {
    const auto targets = rows_.row_columns(history[h].item);
    const auto row = rows_.row_values(history[h].item);
    auto at = targets.begin();
    for (const std::size_t i : order) {
      at = std::lower_bound(at, targets.end(), items[i]);
      if (at == targets.end()) break;
      if (*at == items[i]) values(i, h) = row[static_cast<std::size_t>(at - targets.begin())];
    }
  }
  return values;
}

std::vector<std::vector<Evidence>> ItemWeights::explain(std::span<const HistoryEntry> history, const Weigh& weigh,
                                                        std::span<const std::int32_t> items, std::size_t limit) const {
  return linear_evidence(history, weigh, values(history, items), {}, limit);
}

Effects ItemWeights::effects(std::span<const HistoryEntry> history, const Weigh& weigh, std::span<const Evidence> facts,
                             std::span<const std::int32_t> items) const {
  return linear_effects(history, weigh, values(history, items), facts);
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
