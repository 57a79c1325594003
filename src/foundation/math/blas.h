#pragma once

#include <span>

#include "foundation/base/thread_pool.h"
#include "foundation/math/matrix.h"

// Dense products through BLAS. Without a pool they run on the caller's thread; with one, blocks of fixed size are
// shared out, so that the bits do not depend on the number of threads. Outputs must not overlap inputs.
namespace mla::math {

// c = alpha · a · b + beta · c
void multiply(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c);
// a · b
Matrix multiply(ConstMatrixView a, ConstMatrixView b, base::ThreadPool& pool);
// c = alpha · a · bᵀ + beta · c
void multiply_transposed(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c);
void multiply_transposed(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c,
                         base::ThreadPool& pool);
// y = a · x
void multiply(ConstMatrixView a, std::span<const float> x, std::span<float> y);
// y = aᵀ · x
void multiply_transposed(ConstMatrixView a, std::span<const float> x, std::span<float> y);

// The lower triangle of c = a · aᵀ + beta · c.
void outer_gram(ConstMatrixView a, float beta, MatrixView c);
// The lower triangle of c = aᵀ · a + beta · c.
void gram(ConstMatrixView a, float beta, MatrixView c);
// aᵀ · a, both triangles.
Matrix gram(ConstMatrixView a, base::ThreadPool& pool);

// rows ← rows · b in place. REQUIRES: b is square.
void multiply_in_place(MatrixView rows, ConstMatrixView b, base::ThreadPool& pool);

}  // namespace mla::math
