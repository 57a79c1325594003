#include "foundation/math/neighbour_graph.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/neighbour_graph.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "foundation/math/impl/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

// out[i] = row rows[i] · query. The rows lie anywhere: each is asked for while those before it are multiplied.
void listed_products(const VectorsView& vectors, const std::int32_t* rows, std::size_t count, const float* query,
                     float* out) {
  constexpr std::size_t kAhead = 2;
  constexpr std::size_t kLineBytes = 64;
  const auto all = [&](const auto* data) HWY_ATTR {
    const auto row_at = [&](std::size_t i) { return data + static_cast<std::size_t>(rows[i]) * vectors.stride; };
    const auto fetch = [&](std::size_t i) {
      for (std::size_t k = 0; k < vectors.cols; k += kLineBytes / sizeof *data) hwy::Prefetch(row_at(i) + k);
    };
    for (std::size_t i = 0; i < count && i < kAhead; ++i) fetch(i);
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kAhead < count) fetch(i + kAhead);
      out[i] = dot(row_at(i), query, vectors.cols);
    }
  };
  if (vectors.halves != nullptr) {
    all(vectors.halves);
  } else {
    all(vectors.floats);
  }
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace mla::math {
namespace {

HWY_EXPORT(listed_products);

constexpr std::size_t kBits = 64;

bool worse(const Scored& a, const Scored& b) { return better(b, a); }

// A set of rows, empty at the start.
class Seen {
 public:
  explicit Seen(std::size_t rows) : bits_((rows + kBits - 1) / kBits) {}
  // Whether it was not there before.
  bool add(std::int32_t row) {
    std::uint64_t& word = bits_[static_cast<std::size_t>(row) / kBits];
    const std::uint64_t bit = std::uint64_t{1} << (static_cast<std::size_t>(row) % kBits);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

 private:
  std::vector<std::uint64_t> bits_;
};

}  // namespace

base::Status NeighbourGraphView::check(std::size_t rows) const {
  const auto wrong = [](std::string what) { return base::Error{base::ErrorCode::kCorrupt, std::move(what)}; };
  if (width == 0 || links.size() != rows * width) {
    return wrong(fmt::format("neighbour graph: {} links are not {} rows of {}", links.size(), rows, width));
  }
  if (entries.empty() && rows > 0) return wrong("neighbour graph: it has no entries");
  for (const std::span<const std::int32_t> ids : {links, entries}) {
    for (const std::int32_t id : ids) {
      if (id < -1 || id >= static_cast<std::int64_t>(rows)) {
        return wrong(fmt::format("neighbour graph: {} is none of {} rows", id, rows));
      }
    }
  }
  if (std::ranges::find(entries, -1) != entries.end()) return wrong("neighbour graph: -1 among its entries");
  return {};
}

void top_k_products(const NeighbourGraphView& graph, const VectorsView& vectors, std::span<const float> query,
                    std::span<const std::int32_t> excluded, std::size_t k, std::size_t in_sight,
                    std::vector<Scored>& out) {
  out.clear();
  if (k == 0 || graph.rows() == 0) return;
  Seen seen(vectors.rows);
  std::vector<Scored> open;         // heap, best on top: seen, neighbours not looked at
  std::vector<Scored>& best = out;  // heap, worst on top: the `in_sight` best so far
  std::vector<float> products(std::max(graph.entries.size(), graph.width));
  const auto look_at = [&](std::span<const std::int32_t> rows) {
    HWY_DYNAMIC_DISPATCH(listed_products)
    (vectors, rows.data(), rows.size(), query.data(), products.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Scored one{rows[i], products[i]};
      if (best.size() >= in_sight && !better(one, best.front())) continue;
      open.push_back(one);
      std::push_heap(open.begin(), open.end(), worse);
      best.push_back(one);
      std::push_heap(best.begin(), best.end(), better);
      if (best.size() <= in_sight) continue;
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
  };
  for (const std::int32_t entry : graph.entries) seen.add(entry);
  look_at(graph.entries);
  std::vector<std::int32_t> fresh(graph.width);
  while (!open.empty()) {
    std::pop_heap(open.begin(), open.end(), worse);
    const Scored next = open.back();
    open.pop_back();
    if (best.size() >= in_sight && better(best.front(), next)) break;
    std::size_t count = 0;
    for (const std::int32_t row :
         graph.links.subspan(static_cast<std::size_t>(next.index) * graph.width, graph.width)) {
      if (row < 0) break;
      if (seen.add(row)) fresh[count++] = row;
    }
    look_at(std::span(fresh).first(count));
  }
  std::erase_if(out, [&](const Scored& one) {
    return !std::isfinite(one.score) || std::binary_search(excluded.begin(), excluded.end(), one.index);
  });
  std::sort(out.begin(), out.end(), better);
  if (out.size() > k) out.resize(k);
}

}  // namespace mla::math
#endif  // HWY_ONCE
