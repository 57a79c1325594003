#include "learning/models/impl/power_graph.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

namespace mla::models::impl {
namespace {

constexpr std::size_t kRowsAChunk = 64;

// One row of RᵀR over all items; reset sparsely between rows.
struct Row {
  explicit Row(std::int32_t items) : sums(static_cast<std::size_t>(items), 0.0F) {}
  std::vector<float> sums;
  std::vector<std::int32_t> touched;  // items with a sum > 0, in any order
};

class Rows {
 public:
  Rows(const math::CsrView& by_user, const math::CsrView& by_item, base::Work& work)
      : by_user_(by_user),
        by_item_(by_item),
        work_(work),
        scratch_(static_cast<std::size_t>(work.pool.size()), Row(by_user.cols)) {}

  base::Status each(const char* step, const std::function<void(std::size_t item, Row& row)>& visit) {
    const auto items = static_cast<std::size_t>(by_item_.rows);
    work_.progress.begin(step, items);
    work_.pool.parallel_for(items, kRowsAChunk, [&](std::size_t begin, std::size_t end, int worker) {
      if (work_.cancel.cancelled()) return;
      Row& row = scratch_[static_cast<std::size_t>(worker)];
      for (std::size_t item = begin; item < end; ++item) {
        fill(static_cast<std::int32_t>(item), row);
        visit(item, row);
        for (const std::int32_t other : row.touched) row.sums[static_cast<std::size_t>(other)] = 0;
        row.touched.clear();
      }
      work_.progress.advance(end - begin);
    });
    work_.progress.end();
    return work_.check();
  }

 private:
  // Users ascend, so that (i, j) and (j, i) have the same bits.
  void fill(std::int32_t item, Row& row) const {
    const auto users = by_item_.row_columns(item);
    const auto user_values = by_item_.row_values(item);
    for (std::size_t u = 0; u < users.size(); ++u) {
      const auto items = by_user_.row_columns(users[u]);
      const auto values = by_user_.row_values(users[u]);
      for (std::size_t at = 0; at < items.size(); ++at) {
        const float product = user_values[u] * values[at];
        float& sum = row.sums[static_cast<std::size_t>(items[at])];
        if (sum == 0 && product > 0) row.touched.push_back(items[at]);
        sum += product;
      }
    }
  }

  const math::CsrView& by_user_;
  const math::CsrView& by_item_;
  base::Work& work_;
  std::vector<Row> scratch_;
};

// The greatest cap with Σ min(count, cap) <= max_entries.
std::size_t fitting_cap(std::span<const std::int64_t> counts, std::size_t max_entries) {
  std::size_t low = 0;
  auto high = static_cast<std::size_t>(*std::max_element(counts.begin(), counts.end()));
  while (low < high) {
    const std::size_t cap = (low + high + 1) / 2;
    std::size_t sum = 0;
    for (const std::int64_t count : counts) sum += std::min(static_cast<std::size_t>(count), cap);
    if (sum <= max_entries) {
      low = cap;
    } else {
      high = cap - 1;
    }
  }
  return low;
}

}  // namespace

base::Result<PowerGraph> power_graph(const math::CsrView& r, const math::CsrView& transposed, double power,
                                     std::size_t max_entries, base::Work& work) {
  PowerGraph graph;
  const auto items = static_cast<std::size_t>(r.cols);
  graph.matrix.rows = graph.matrix.cols = r.cols;
  graph.matrix.offsets.assign(items + 1, 0);
  if (items == 0) return graph;
  Rows rows(r, transposed, work);
  const std::span<std::int64_t> counts = std::span(graph.matrix.offsets).subspan(1);
  MLA_CHECK(rows.each("item graph: size", [&](std::size_t item, Row& row) {
    counts[item] = static_cast<std::int64_t>(row.touched.size());
  }));
  graph.complete = static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));

  std::vector<float> least(items, 0.0F);  // of each row's own strongest entries
  const auto stays = [&](std::size_t item, const Row& row, std::int32_t other) {
    const auto o = static_cast<std::size_t>(other);
    return row.sums[o] >= std::min(least[item], least[o]);
  };
  if (graph.complete > max_entries) {
    // Every kept entry has its mirror image: half of the room is shared out.
    graph.kept_a_row = std::max<std::size_t>(1, fitting_cap(counts, max_entries / 2));
    MLA_CHECK(rows.each("item graph: strongest entries", [&](std::size_t item, Row& row) {
      if (row.touched.size() <= graph.kept_a_row) return;
      std::vector<float> values;
      for (const std::int32_t other : row.touched) values.push_back(row.sums[static_cast<std::size_t>(other)]);
      const auto last = values.begin() + static_cast<std::ptrdiff_t>(graph.kept_a_row - 1);
      std::nth_element(values.begin(), last, values.end(), std::greater<>());
      least[item] = *last;
    }));
    MLA_CHECK(rows.each("item graph: size", [&](std::size_t item, Row& row) {
      counts[item] = std::count_if(row.touched.begin(), row.touched.end(),
                                   [&](std::int32_t other) { return stays(item, row, other); });
    }));
  }
  std::partial_sum(counts.begin(), counts.end(), counts.begin());
  graph.matrix.columns.resize(static_cast<std::size_t>(counts.back()));
  graph.matrix.values.resize(graph.matrix.columns.size());
  MLA_CHECK(rows.each("item graph", [&](std::size_t item, Row& row) {
    std::sort(row.touched.begin(), row.touched.end());
    auto to = static_cast<std::size_t>(graph.matrix.offsets[item]);
    for (const std::int32_t other : row.touched) {
      if (!stays(item, row, other)) continue;
      graph.matrix.columns[to] = other;
      graph.matrix.values[to++] =
          static_cast<float>(std::pow(static_cast<double>(row.sums[static_cast<std::size_t>(other)]), power));
    }
  }));
  return graph;
}

}  // namespace mla::models::impl
