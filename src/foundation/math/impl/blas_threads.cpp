#include "foundation/math/impl/blas_threads.h"

#include <cblas.h>

#include "foundation/base/result.h"

namespace mla::math::impl {

void one_blas_thread() {
  static const bool done = [] {
    if (openblas_get_parallel() == OPENBLAS_SEQUENTIAL) {
      throw base::Failure({base::ErrorCode::kUnsupported,
                           "this OpenBLAS is the single-threaded build, which several threads cannot use at once; "
                           "install libopenblas-pthread-dev, or select it with update-alternatives"});
    }
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace mla::math::impl
