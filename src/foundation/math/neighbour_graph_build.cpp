// The only source that includes hnswlib, whose headers define functions that are not inline.
#include "foundation/math/neighbour_graph.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/neighbour_graph_build.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

#include "foundation/math/impl/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

float product(const float* a, const float* b, std::size_t size) { return dot(a, b, size); }

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

// Without it hnswlib 0.6 asks for vectors ahead of use by an id that may lie behind the end of its list.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

namespace mla::math {
namespace {

HWY_EXPORT(product);

constexpr std::size_t kMostEntries = 1000;
constexpr std::uint64_t kTogether = 256;  // vectors between two looks at the cancel flag

// hnswlib's own distances are compiled for one instruction set; ours are chosen at run time.
class Products final : public hnswlib::SpaceInterface<float> {
 public:
  explicit Products(std::size_t size) : size_(size) {}
  std::size_t get_data_size() override { return size_ * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override {
    return [](const void* a, const void* b, const void* size) {
      return -HWY_DYNAMIC_DISPATCH(product)(static_cast<const float*>(a), static_cast<const float*>(b),
                                            *static_cast<const std::size_t*>(size));
    };
  }
  void* get_dist_func_param() override { return &size_; }

 private:
  std::size_t size_;
};

// Those of the lowest layer that has few enough.
std::vector<std::int32_t> choose_entries(const std::vector<int>& levels) {
  for (int layer = 0;; ++layer) {
    std::vector<std::int32_t> entries;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (levels[i] >= layer) entries.push_back(static_cast<std::int32_t>(i));
    }
    if (entries.size() <= kMostEntries) return entries;
  }
}

}  // namespace

base::Result<NeighbourGraph> make_neighbour_graph(ConstMatrixView vectors, const GraphOptions& options,
                                                  base::Work& work) {
  NeighbourGraph graph;
  graph.width = 2 * options.links;
  graph.links.assign(vectors.rows * graph.width, -1);
  if (vectors.rows == 0) return graph;
  Products space(vectors.cols);
  hnswlib::HierarchicalNSW<float> built(&space, vectors.rows, options.links, options.looks, options.seed);
  work.progress.begin("neighbour graph", vectors.rows);
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    if (i % kTogether == 0) {
      MLA_CHECK(work.check());
      work.progress.advance(std::min<std::uint64_t>(kTogether, vectors.rows - i));
    }
    built.addPoint(vectors.row(i).data(), i);  // the i-th added has the internal id i
  }
  work.progress.end();
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    auto* const list = built.get_linklist0(static_cast<hnswlib::tableint>(i));
    const auto* const neighbours = reinterpret_cast<const hnswlib::tableint*>(list + 1);
    std::copy_n(neighbours, built.getListCount(list),
                graph.links.begin() + static_cast<std::ptrdiff_t>(i * graph.width));
  }
  graph.entries = choose_entries(built.element_levels_);
  return graph;
}

}  // namespace mla::math
#endif  // HWY_ONCE
