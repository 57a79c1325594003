#pragma once

#include <cstddef>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/csr.h"

namespace mla::models::impl {

// The symmetric matrix RᵀR with every entry to the power s, sparse.
struct PowerGraph {
  math::CsrMatrix matrix;      // items × items
  std::size_t complete = 0;    // entries that it would have without a limit
  std::size_t kept_a_row = 0;  // strongest entries of each row that were sure to stay; 0 = all
};

// Holds at most `max_entries` entries: where there are more, each row keeps its strongest ones, as many as fit in any
// case, and those of other rows that mirror them. REQUIRES: values of r are >= 0. Errors: kCancelled.
base::Result<PowerGraph> power_graph(const math::CsrView& r, const math::CsrView& transposed, double power,
                                     std::size_t max_entries, base::Work& work);

}  // namespace mla::models::impl
