#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/gather.h"
#include "foundation/base/work.h"
#include "foundation/math/neighbour_graph.h"
#include "foundation/math/vector_scan.h"
#include "foundation/math/vectors_view.h"
#include "learning/models/parameters.h"

namespace mla::models::impl {

// The vectors that a factor model serves, and how the best of them are found: stored as floats or halves, searched by
// looking at all, at bytes first (and at 500 exactly), or along a graph of neighbours. Const members are thread-safe.
class ItemVectors {
 public:
  // How vectors are gone through.
  struct Walk {
    std::size_t least_items = 20'000;  // fewer are looked at one by one about as fast
    std::size_t in_sight = 200;        // followed at a time: recall and time by bench/scan_bench --graph
    // As floats; beyond, `scan: auto` looks at bytes first: a quarter of the time, a quarter more memory.
    std::size_t most_bytes = std::size_t{64} << 20;
  };

  // REQUIRES: `parameters` has those of `declare`.
  explicit ItemVectors(const Parameters& parameters, Walk walk);
  explicit ItemVectors(const Parameters& parameters) : ItemVectors(parameters, Walk{}) {}
  // `vectors` and `scan`.
  static std::vector<ParameterSpec> declare();
  // Values of these that take less memory or time, from the smallest to the fastest (Algorithm::lighter).
  static std::vector<std::map<std::string, ParameterValue>> lighter();

  base::Status assign(math::Matrix vectors, base::Work& work);

  const math::VectorsView& view() const { return view_; }
  std::size_t rows() const { return view_.rows; }
  std::size_t cols() const { return view_.cols; }

  // Recommender::answer_together; at first, none are.
  void answer_together(std::size_t most);

  // The best k items but `excluded` (ascending, unique), best first. Company changes no bit of it.
  void best(std::span<const float> query, std::span<const std::int32_t> excluded, std::size_t k,
            std::vector<math::Scored>& best) const;
  // scores(u, i) = queries(u) · vector i.
  void products(math::ConstMatrixView queries, math::MatrixView scores, base::ThreadPool& pool) const;

  void save(artifact::Writer& writer) const;
  base::Status load(const artifact::Reader& reader);

 private:
  base::Status load_codes(const artifact::Reader& reader);
  base::Status load_graph(const artifact::Reader& reader);

  using Questions = base::Gather<const math::Query>;

  bool as_halves_, with_codes_, with_graph_, size_decides_;
  Walk walk_;
  math::Matrix owned_;
  std::vector<std::uint16_t> owned_halves_;
  math::Codes owned_codes_;
  math::NeighbourGraph owned_graph_;
  // Of what is owned, or of what reader_ maps.
  math::VectorsView view_;
  math::CodesView codes_;           // empty if not searched
  math::NeighbourGraphView graph_;  // the same
  std::optional<artifact::Reader> reader_;
  std::unique_ptr<Questions> questions_;  // nullptr: each by itself
};

}  // namespace mla::models::impl
