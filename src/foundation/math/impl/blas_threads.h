#pragma once

namespace mla::math::impl {

// Keeps BLAS on its caller's thread: our pool owns the threads. Throws base::Failure if the OpenBLAS at hand is its
// single-threaded build, whose Cholesky gives wrong numbers when several threads call it (seen with Debian's 0.3.21).
void one_blas_thread();

}  // namespace mla::math::impl
