#include "foundation/math/impl/blas_threads.h"

#include <cblas.h>

namespace mla::math::impl {

void one_blas_thread() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace mla::math::impl
