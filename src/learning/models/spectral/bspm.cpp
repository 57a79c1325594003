#include "learning/models/spectral/bspm.h"

#include "learning/models/impl/spectral_filter.h"

namespace mla::models {
namespace {

constexpr int kOrder = 4;

// Coefficients of Σ (-T)^o / o! P^o.
std::vector<float> runge_kutta(double time) {
  if (time == 0) return {1.0F};
  std::vector<float> polynomial;
  double coefficient = 1;
  for (int o = 0; o <= kOrder; ++o) {
    polynomial.push_back(static_cast<float>(coefficient));
    coefficient *= -time / (o + 1);
  }
  return polynomial;
}

}  // namespace

Algorithm bspm_algorithm() {
  return {"bspm",
          "the graph of items that share listeners, blurred and then sharpened",
          {{"factors",
            -1.0,
            -1,
            4096,
            "singular vectors of the low-pass filter; -1 = 448, fewer for few listeners or items",
            {},
            true},
           {"beta", 0.3, 0, 1000, "weight of the low-pass filter"},
           {"sharpening", 1.0, 0, 5, "time of the sharpening process"},
           {"passes",
            5.0,
            1,
            1000,
            "of the search for singular vectors; fewer are faster and leave a softer edge",
            {},
            true},
           impl::PlayWeights::parameter("binary")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<impl::SpectralFilter>(
                impl::SpectralFilter::Design{"bspm", runge_kutta(parameters.number("sharpening")),
                                             static_cast<float>(parameters.number("beta")),
                                             parameters.integer("factors"), 448, parameters.integer("passes")},
                impl::PlayWeights(parameters));
          },
          {{{"factors", 128.0}}, {}, {{"beta", 0.2}, {"sharpening", 2.5}}}};
}

}  // namespace mla::models
