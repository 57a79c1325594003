#include "learning/models/impl/short_polynomial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace mla::models::impl {
namespace {

constexpr std::size_t kTerms = 3;      // of a polynomial of degree 2
constexpr double kBeyond = 1.05;       // eigenvalues that are not known may exceed the least known one by this much
constexpr std::size_t kSamples = 256;  // where the error is looked at

double value(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (std::size_t o = coefficients.size(); o-- > 0;) sum = sum * x + coefficients[o];
  return sum;
}

// Newton's divided differences in three points, multiplied out.
std::array<double, kTerms> parabola(const std::array<double, kTerms>& x, const std::array<double, kTerms>& y) {
  const double slope = (y[1] - y[0]) / (x[1] - x[0]);
  const double bend = ((y[2] - y[1]) / (x[2] - x[1]) - slope) / (x[2] - x[0]);
  return {y[0] - slope * x[0] + bend * x[0] * x[1], slope - bend * (x[0] + x[1]), bend};
}

std::array<double, kTerms> fitted(std::span<const double> f, double end) {
  const double widest = std::cos(std::numbers::pi / (2 * (kTerms + 1)));
  std::array<double, kTerms> x{};
  std::array<double, kTerms> y{};
  for (std::size_t j = 0; j < kTerms; ++j) {  // the fourth point is 0
    const double angle = (2 * static_cast<double>(j) + 1) * std::numbers::pi / (2 * (kTerms + 1));
    x[j] = end * (std::cos(angle) + widest) / (1 + widest);
    y[j] = value(f, x[j]);
  }
  return parabola(x, y);
}

// Of λ (f - q) on [0, end].
double error(std::span<const double> f, std::span<const double> q, double end) {
  double most = 0;
  for (std::size_t s = 1; s <= kSamples; ++s) {
    const double x = end * static_cast<double>(s) / kSamples;
    most = std::max(most, std::fabs(x * (value(f, x) - value(q, x))));
  }
  return most;
}

}  // namespace

ShortPolynomial shorten(std::span<const float> f, std::span<const double> leading, double tolerance) {
  ShortPolynomial same{{f.begin(), f.end()}, {}};
  if (f.size() <= kTerms || leading.empty()) return same;
  const std::vector<double> exact(f.begin(), f.end());
  const double allowed = tolerance * error(exact, {}, 1);
  const auto error_beyond = [&](std::size_t known) {
    const double end = kBeyond * leading[known - 1];
    return error(exact, fitted(exact, end), end);
  };
  std::size_t least = 1;  // the first number of eigenvectors that will do
  std::size_t most = leading.size();
  if (error_beyond(most) > allowed) return same;
  while (least < most) {
    const std::size_t middle = (least + most) / 2;
    if (error_beyond(middle) <= allowed) {
      most = middle;
    } else {
      least = middle + 1;
    }
  }
  const auto q = fitted(exact, kBeyond * leading[least - 1]);
  ShortPolynomial shorter{{q.begin(), q.end()}, {}};
  for (std::size_t i = 0; i < least; ++i) {
    shorter.rest.push_back(static_cast<float>(leading[i] * (value(exact, leading[i]) - value(q, leading[i]))));
  }
  return shorter;
}

}  // namespace mla::models::impl
