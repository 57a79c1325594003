#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mla::models::impl {

// f(P) = Σ_o c_o P^o of a symmetric P with eigenvalues in [0, 1], said with fewer powers:
//   P f(P) = P q(P) + V diag(rest) Vᵀ  +  an error of at most `tolerance` · max |λ f(λ)| along every eigenvector
// V holds the eigenvectors of the `rest.size()` leading eigenvalues, on which rest(λ) = λ (f(λ) - q(λ)) is exact; q
// serves the small ones, among which a polynomial of high degree hardly bends.
struct ShortPolynomial {
  std::vector<float> coefficients;  // q
  std::vector<float> rest;          // of the leading eigenvectors; empty if q = f
};

// The shortest way for the leading eigenvalues that are known (descending): q of degree 2 and the fewest eigenvectors
// that keep to the tolerance; f itself if its degree is at most 2 or too few eigenvalues are known. λ q interpolates
// λ f in Chebyshev points of [0, least λ], moved so that one falls on 0 (Trefethen, "Approximation Theory and
// Approximation Practice", chapters 2 to 4). REQUIRES: f is not empty.
ShortPolynomial shorten(std::span<const float> f, std::span<const double> leading, double tolerance);

}  // namespace mla::models::impl
