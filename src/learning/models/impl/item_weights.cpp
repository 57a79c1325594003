#include "learning/models/impl/item_weights.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <utility>

#include "learning/models/impl/attributes.h"
#include "learning/models/impl/linear_evidence.h"

namespace mla::models::impl {
namespace {

constexpr std::size_t kMaxChunks = 16;  // of the transposition: each costs 8 bytes an item
constexpr std::size_t kRowsAChunk = 256;
constexpr std::size_t kBits = 64;

// Writes entries by ascending index: a bit an item, so that a row costs its length and items / 64.
class Ascending {
 public:
  explicit Ascending(std::size_t items) : bits_((items + kBits - 1) / kBits), scores_(items) {}

  void write(std::span<const math::Scored> entries, std::int32_t* columns, float* values) {
    for (const math::Scored& entry : entries) {
      const auto at = static_cast<std::size_t>(entry.index);
      bits_[at / kBits] |= std::uint64_t{1} << (at % kBits);
      scores_[at] = entry.score;
    }
    for (std::size_t word = 0; word < bits_.size(); ++word) {
      for (std::uint64_t left = std::exchange(bits_[word], 0); left != 0; left &= left - 1) {
        const std::size_t at = word * kBits + static_cast<std::size_t>(std::countr_zero(left));
        *columns++ = static_cast<std::int32_t>(at);
        *values++ = scores_[at];
      }
    }
  }

 private:
  std::vector<std::uint64_t> bits_;  // 0 between calls
  std::vector<float> scores_;
};

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

void ItemWeights::assign_rows(Columns rows, base::ThreadPool& pool) {
  const std::size_t items = rows.columns_.size();
  owned_ = {};
  owned_.rows = owned_.cols = static_cast<std::int32_t>(items);
  owned_.offsets.assign(items + 1, 0);
  for (std::size_t row = 0; row < items; ++row) {
    owned_.offsets[row + 1] = owned_.offsets[row] + static_cast<std::int64_t>(rows.columns_[row].size());
  }
  owned_.columns.resize(static_cast<std::size_t>(owned_.offsets[items]));
  owned_.values.resize(owned_.columns.size());
  pool.parallel_for(items, std::max(kRowsAChunk, items / kMaxChunks), [&](std::size_t begin, std::size_t end, int) {
    Ascending ascending(items);
    for (std::size_t row = begin; row < end; ++row) {
      const auto at = static_cast<std::size_t>(owned_.offsets[row]);
      ascending.write(rows.columns_[row], owned_.columns.data() + at, owned_.values.data() + at);
      rows.columns_[row] = {};  // frees what is copied
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
