#include "learning/models/algorithms.h"

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "learning/models/collaborative/bpr.h"
#include "learning/models/collaborative/ease.h"
#include "learning/models/collaborative/ials.h"
#include "learning/models/collaborative/item_knn.h"
#include "learning/models/collaborative/popularity.h"
#include "learning/models/collaborative/sansa.h"
#include "learning/models/collaborative/slim.h"
#include "learning/models/collaborative/user_knn.h"
#include "learning/models/content/content.h"
#include "learning/models/hybrid/hybrid.h"
#include "learning/models/impl/contained.h"
#include "learning/models/sequence/markov.h"
#include "learning/models/sequence/session_knn.h"
#include "learning/models/spectral/bspm.h"
#include "learning/models/spectral/gf_cf.h"
#include "learning/models/spectral/turbo_cf.h"

namespace mla::models {
namespace {

// One line an algorithm.
const std::vector<Algorithm>& singles() {
  static const std::vector<Algorithm> rows = {
      popularity_algorithm(), item_knn_algorithm(), ease_algorithm(),     ials_algorithm(),    gf_cf_algorithm(),
      bspm_algorithm(),       turbo_cf_algorithm(), user_knn_algorithm(), content_algorithm(), session_knn_algorithm(),
      markov_algorithm(),     slim_algorithm(),     sansa_algorithm(),    bpr_algorithm(),
  };
  return rows;
}

const std::vector<Algorithm>& table() {
  static const std::vector<Algorithm> rows = [] {
    std::vector<Algorithm> all = singles();
    all.push_back(hybrid_algorithm());
    return all;
  }();
  return rows;
}

// Names that the command line promises and that come with later parts.
constexpr std::array kPromised = {"two_tower", "transformer", "deep_learning"};

// What programs registered. Nothing is ever removed, so that pointers stay.
struct Own {
  std::shared_mutex mutex;
  std::deque<Algorithm> algorithms;
};
Own& own() {
  static Own own;
  return own;
}

const Algorithm* find_in(const auto& algorithms, std::string_view name) {
  const auto found = std::ranges::find(algorithms, name, &Algorithm::name);
  return found == algorithms.end() ? nullptr : &*found;
}

bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && std::ranges::all_of(name, allowed);
}

std::string_view resolve_alias(std::string_view name) {
  if (name == "collaborative") return "ials";
  if (name == "content_based") return "content";
  return name;
}

}  // namespace

std::span<const Algorithm> single_algorithms() { return singles(); }

std::span<const Algorithm> algorithms() { return table(); }

base::Status register_algorithm(Algorithm added) {
  const auto refuse = [&](std::string_view why) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("the model '{}' cannot be registered: {}", added.name, why)};
  };
  if (!is_name(added.name)) return refuse("its name must be 1 to 64 of a-z, 0-9 and _, a letter first");
  if (!added.make) return refuse("it has no function that makes one");
  const bool promised = std::ranges::find(kPromised, added.name) != kPromised.end();
  if (promised || added.name == "auto" || resolve_alias(added.name) != added.name || find_in(table(), added.name))
    return refuse("the name is one of ours");
  if (const auto parameters = make_parameters(added, {}); !parameters.ok()) return refuse(parameters.error().message);
  added.make = impl::contained(added.name, std::move(added.make));
  const std::unique_lock lock(own().mutex);
  if (find_in(own().algorithms, added.name)) return refuse("it is registered already");
  own().algorithms.push_back(std::move(added));
  return {};
}

base::Result<const Algorithm*> find_algorithm(std::string_view name) {
  const std::string_view resolved = resolve_alias(name);
  if (resolved == "auto") {
    return base::Error{base::ErrorCode::kUnsupported,
                       "'auto' chooses an algorithm when it trains or evaluates; it is none itself. What it published "
                       "is served as 'hybrid'"};
  }
  if (const Algorithm* known = find_in(table(), resolved)) return known;
  std::vector<std::string> names;
  for (const Algorithm& algorithm : table()) names.push_back(algorithm.name);
  {
    const std::shared_lock lock(own().mutex);
    if (const Algorithm* known = find_in(own().algorithms, resolved)) return known;
    for (const Algorithm& algorithm : own().algorithms) names.push_back(algorithm.name);
  }
  if (std::find(kPromised.begin(), kPromised.end(), resolved) != kPromised.end()) {
    return base::Error{
        base::ErrorCode::kUnsupported,
        fmt::format("algorithm '{}' is not part of this build; choose one of {}", name, fmt::join(names, ", "))};
  }
  const auto near = base::nearest_name(name, names);
  return base::Error{base::ErrorCode::kInvalidArgument,
                     fmt::format("unknown algorithm '{}'{}; choose one of {}", name,
                                 near ? fmt::format(" (did you mean '{}'?)", *near) : "", fmt::join(names, ", "))};
}

base::Result<Parameters> make_parameters(const Algorithm& algorithm,
                                         const std::map<std::string, ParameterValue>& given) {
  auto parameters =
      algorithm.resolve != nullptr ? algorithm.resolve(given) : Parameters::make(algorithm.parameters, given);
  if (!parameters) {
    return base::with_context(std::move(parameters).error(), fmt::format("algorithm {}", algorithm.name));
  }
  return parameters;
}

base::Result<std::unique_ptr<Recommender>> make_recommender(std::string_view name,
                                                            const std::map<std::string, ParameterValue>& given) {
  MLA_ASSIGN(const Algorithm* algorithm, find_algorithm(name));
  MLA_ASSIGN(const Parameters parameters, make_parameters(*algorithm, given));
  return algorithm->make(parameters);
}

}  // namespace mla::models
