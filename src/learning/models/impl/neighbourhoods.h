#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/csr.h"
#include "foundation/math/matrix.h"
#include "foundation/math/top_k.h"

namespace mla::models::impl {

// The items most like one by cosine over listeners, and their Gram matrix. Holds scratch memory: one object a thread.
class Neighbourhoods {
 public:
  // Views of the same matrix X, listeners × items and transposed; they must outlive it.
  Neighbourhoods(const math::CsrView& by_user, const math::CsrView& by_item)
      : by_user_(by_user),
        by_item_(by_item),
        sums_(static_cast<std::size_t>(by_user.cols), 0.0F),
        of_user_(static_cast<std::size_t>(by_user.rows)) {}

  struct Neighbour {
    std::int32_t item;
    float product;  // x_item · x_target
  };
  // At most `most`, items ascend; the target is none of them. Valid until the next call.
  const std::vector<Neighbour>& of(std::int32_t target, std::size_t most);

  // gram(k, l) = x_k · x_l of the neighbours of the last `of`, both triangles. Cost: for each listener the square of
  // how many of the neighbours they have. REQUIRES: gram is neighbours × neighbours.
  void gram(math::MatrixView gram);

 private:
  void add_products(std::int32_t item);  // to sums_ and touched_
  void reset();

  math::CsrView by_user_;
  math::CsrView by_item_;
  struct Local {
    std::size_t neighbour;
    float value;
  };
  std::vector<float> sums_;
  std::vector<std::vector<Local>> of_user_;  // neighbours of each listener; empty between calls
  std::vector<std::int32_t> touched_;
  std::vector<math::Scored> candidates_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace mla::models::impl
