#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/work.h"
#include "foundation/math/csr.h"
#include "foundation/math/top_k.h"
#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// A sparse linear model over items: score(j) = Σ_i w_i B(i, j) over the items i of a history, w_i = what
// the entry counts.
class ItemWeights {
 public:
  // What a line of B belongs to: a column to the item that is scored, a row to the item of the history.
  enum class Line : std::uint8_t { kColumn, kRow };

  // Collects B column by column, or row by row, each from its strongest entries. Thread-safe for different ones.
  class Columns {
   public:
    explicit Columns(std::int32_t items) : columns_(static_cast<std::size_t>(items)) {}
    // REQUIRES: indices are unique; any order.
    void set(std::int32_t column, std::vector<math::Scored> entries);

   private:
    friend class ItemWeights;
    std::vector<std::vector<math::Scored>> columns_;
  };

  void assign(Columns columns, base::ThreadPool& pool);
  // The same where what was set are rows, which spares the transposition.
  void assign_rows(Columns rows, base::ThreadPool& pool);
  // Makes all columns (or rows) on the pool and assigns them: column(i, scratch of the worker, columns) sets one for
  // each i in [0, items), `grain` of them a task. REQUIRES: scratch.size() == work.pool.size().
  template <class Scratch, class Column>
  base::Status make(std::string_view stage, std::int32_t items, std::size_t grain, std::vector<Scratch>& scratch,
                    base::Work& work, const Column& column, Line line = Line::kColumn) {
    Columns columns(items);
    work.progress.begin(stage, static_cast<std::uint64_t>(items));
    work.pool.parallel_for(static_cast<std::size_t>(items), grain, [&](std::size_t begin, std::size_t end, int worker) {
      for (std::size_t i = begin; i < end && !work.cancel.cancelled(); ++i) {
        column(i, scratch[static_cast<std::size_t>(worker)], columns);
      }
      work.progress.advance(end - begin);
    });
    work.progress.end();
    MLA_CHECK(work.check());
    if (line == Line::kRow) {
      assign_rows(std::move(columns), work.pool);
    } else {
      assign(std::move(columns), work.pool);
    }
    return {};
  }
  std::int32_t items() const { return rows_.rows; }
  std::size_t size() const { return rows_.size(); }

  void score(std::span<const HistoryEntry> history, std::span<const float> weights, std::span<float> scores) const;
  // Of each of `items`, as Recommender::explain_batch. Contributions are what the score loses without the history item,
  // other weights changing with it.
  std::vector<std::vector<Evidence>> explain(std::span<const HistoryEntry> history, const Weigh& weigh,
                                             std::span<const std::int32_t> items, std::size_t limit) const;

  // Recommender::effects; exact.
  Effects effects(std::span<const HistoryEntry> history, const Weigh& weigh, std::span<const Evidence> facts,
                  std::span<const std::int32_t> items) const;

  void save(artifact::Writer& writer) const { writer.add("item_weights", rows_); }
  base::Status load(const artifact::Reader& reader);

 private:
  // items × history: B(i, j).
  math::Matrix values(std::span<const HistoryEntry> history, std::span<const std::int32_t> items) const;

  math::CsrMatrix owned_;
  math::CsrView rows_;  // row = item of the history; owned_, or mapped by reader_
  std::optional<artifact::Reader> reader_;
};

}  // namespace mla::models::impl
