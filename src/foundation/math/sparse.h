#pragma once

#include "foundation/base/thread_pool.h"
#include "foundation/math/csr.h"
#include "foundation/math/matrix.h"

// Sparse times dense, SIMD with dispatch at run time. Each row of the result is one thread's, so that the bits do not
// depend on the number of threads. Cost: a.size() · b.cols multiply-adds, bound by the memory that `b` lies in: blocks
// of 16 columns or more are several times cheaper a column than single ones.
namespace mla::math {

// c = a · b. REQUIRES: c overlaps neither a nor b.
void multiply(const CsrView& a, ConstMatrixView b, MatrixView c);
void multiply(const CsrView& a, ConstMatrixView b, MatrixView c, base::ThreadPool& pool);
// c = a · b + beta · d; d may be c. REQUIRES: c overlaps neither a nor b.
void multiply(const CsrView& a, ConstMatrixView b, float beta, ConstMatrixView d, MatrixView c);
void multiply(const CsrView& a, ConstMatrixView b, float beta, ConstMatrixView d, MatrixView c, base::ThreadPool& pool);

}  // namespace mla::math
