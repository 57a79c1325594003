#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/csr.h"
#include "foundation/math/top_k.h"

namespace mla::models::impl {

// The items most like one by cosine over listeners, and their Gram matrix. Holds scratch memory: one object a thread.
class Neighbourhoods {
 public:
  // Views of the same matrix X, listeners × items and transposed; they must outlive it.
  Neighbourhoods(const math::CsrView& by_user, const math::CsrView& by_item)
      : by_user_(by_user), by_item_(by_item), sums_(static_cast<std::size_t>(by_user.cols), 0.0F) {}

  struct Neighbour {
    std::int32_t item;
    float product;  // x_item · x_target
  };
  // At most `most`, items ascend; the target is none of them. Valid until the next call.
  const std::vector<Neighbour>& of(std::int32_t target, std::size_t most);

  // products[k] = x_item · x_{neighbour k} of the last `of`, for an item. REQUIRES: as many as neighbours.
  void products(std::int32_t item, std::span<float> products);

 private:
  void add_products(std::int32_t item);  // to sums_ and touched_
  void reset();

  math::CsrView by_user_;
  math::CsrView by_item_;
  std::vector<float> sums_;
  std::vector<std::int32_t> touched_;
  std::vector<math::Scored> candidates_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace mla::models::impl
