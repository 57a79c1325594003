#include "learning/models/spectral/gf_cf.h"

#include "learning/models/impl/spectral_filter.h"

namespace mla::models {

Algorithm gf_cf_algorithm() {
  return {"gf_cf",
          "the graph of items that share listeners, filtered linearly and by its leading singular vectors",
          {{"factors",
            -1.0,
            -1,
            4096,
            "singular vectors of the low-pass filter; -1 = 256, fewer for few listeners or items",
            {},
            true},
           {"alpha", 0.3, 0, 1000, "weight of the low-pass filter"},
           {"passes",
            5.0,
            1,
            1000,
            "of the search for singular vectors; fewer are faster and leave a softer edge",
            {},
            true},
           impl::PlayWeights::parameter("log")},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<impl::SpectralFilter>(
                impl::SpectralFilter::Design{"gf_cf",
                                             {1.0F},
                                             static_cast<float>(parameters.number("alpha")),
                                             parameters.integer("factors"),
                                             256,
                                             parameters.integer("passes")},
                impl::PlayWeights(parameters));
          },
          {{{"factors", 16.0}}, {{"factors", 64.0}}, {}}};
}

}  // namespace mla::models
