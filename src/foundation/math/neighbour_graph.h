#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"
#include "foundation/math/top_k.h"
#include "foundation/math/vectors_view.h"

// Approximately the vectors with the largest inner product with a query, by walking a graph of neighbours instead of
// looking at all of them: the lowest layer of HNSW (Malkov, Yashunin 2016), which hnswlib builds. The layers above
// it, which only serve to find a start, are replaced by a few hundred of their vectors, all of which are looked at.
namespace mla::math {

// A graph that someone else owns (NeighbourGraph, or mapped model weights).
struct NeighbourGraphView {
  std::span<const std::int32_t> links;    // rows × width: neighbours of each vector; -1 behind the last
  std::span<const std::int32_t> entries;  // where every search begins
  std::size_t width = 0;

  std::size_t rows() const { return width == 0 ? 0 : links.size() / width; }
  // kCorrupt unless it is a graph of so many vectors.
  base::Status check(std::size_t rows) const;
};

struct NeighbourGraph {
  std::vector<std::int32_t> links, entries;
  std::size_t width = 0;

  NeighbourGraphView view() const { return {links, entries, width}; }
};

struct GraphOptions {
  std::size_t links = 16;   // of a vector; twice as many may lead to it, and width is that
  std::size_t looks = 100;  // vectors kept in sight while the links of a new one are chosen (efConstruction)
  std::uint64_t seed = 42;
};

// Makes the graph on one thread, so that its bits depend on vectors and options alone: about .3 ms of processor time a
// vector of 128 floats. Near is what has a large inner product, which is no distance, but finds far more of the best
// than the nearest of vectors made equally long by one more coordinate do (recall .99 against .41 in the same time).
// REQUIRES: finite vectors. kCancelled.
base::Result<NeighbourGraph> make_neighbour_graph(ConstMatrixView vectors, const GraphOptions& options,
                                                  base::Work& work);

// Replaces `out` by about the k best rows, best first, without `excluded` (ascending, unique); products are exact.
// `in_sight` >= k is how many are followed at a time: more finds more of the best, and takes proportionally longer.
// Thread-safe. REQUIRES: the graph is of these vectors; query.size() == vectors.cols.
void top_k_products(const NeighbourGraphView& graph, const VectorsView& vectors, std::span<const float> query,
                    std::span<const std::int32_t> excluded, std::size_t k, std::size_t in_sight,
                    std::vector<Scored>& out);

}  // namespace mla::math
