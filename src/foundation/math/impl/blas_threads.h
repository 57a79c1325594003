#pragma once

namespace mla::math::impl {

// Keeps BLAS on its caller's thread, also where a multi-threaded OpenBLAS is installed: our pool owns the threads.
void one_blas_thread();

}  // namespace mla::math::impl
