#include "learning/models/hybrid/parts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "learning/models/hybrid/hybrid.h"

namespace mla::models {
namespace {

constexpr std::string_view kParts = "parts";
constexpr std::string_view kDefaultParts = "popularity,item_knn,ease,ials,content";
constexpr double kLearnt = -1;

// The deep part's schema is promised before the part exists (DESIGN 3.1).
constexpr std::array<std::string_view, 6> kDeepNames = {"epochs",        "batch_size",    "learning_rate",
                                                        "embedding_dim", "hidden_layers", "dropout_rate"};

bool is_deep(std::string_view name) {
  return std::find(kDeepNames.begin(), kDeepNames.end(), name) != kDeepNames.end();
}

bool declares(const Algorithm& part, std::string_view name) {
  return std::any_of(part.parameters.begin(), part.parameters.end(),
                     [&](const ParameterSpec& spec) { return spec.name == name; });
}

std::string in_part(const Algorithm& part, std::string_view name) { return fmt::format("{}.{}", part.name, name); }

ParameterSpec weight_parameter(const Algorithm& part) {
  return {in_part(part, "weight"), kLearnt, kLearnt, 1, "share in the blend; -1 = learnt from a held-out part"};
}

std::vector<ParameterSpec> schema_of(const std::vector<const Algorithm*>& parts) {
  std::vector<ParameterSpec> schema = {parts_parameter()};
  for (const Algorithm* part : parts) {
    schema.push_back(weight_parameter(*part));
    for (ParameterSpec spec : part->parameters) {
      spec.name = in_part(*part, spec.name);
      schema.push_back(std::move(spec));
    }
  }
  return schema;
}

base::Error unknown(const std::string& name, const std::vector<const Algorithm*>& parts) {
  std::vector<std::string> names(kDeepNames.begin(), kDeepNames.end());
  for (const ParameterSpec& spec : schema_of(parts)) {
    names.push_back(spec.name);
    names.push_back(spec.name.substr(spec.name.find('.') + 1));
  }
  const auto near = base::nearest_name(name, names);
  return {base::ErrorCode::kInvalidArgument, fmt::format("no part of the hybrid has a parameter '{}'{}", name,
                                                         near ? fmt::format("; did you mean '{}'?", *near) : "")};
}

// Plain names to "part.name" for every part that declares them.
base::Result<std::map<std::string, ParameterValue>> route(const std::map<std::string, ParameterValue>& given,
                                                          const std::vector<const Algorithm*>& parts) {
  std::map<std::string, ParameterValue> routed;
  for (const auto& [name, value] : given) {
    bool taken = is_deep(name);
    if (name == kParts) {
      routed.emplace(name, value);
      taken = true;
    }
    for (const Algorithm* part : parts) {
      if (declares(*part, name)) {
        routed.emplace(in_part(*part, name), value);  // the longer name, if given too, is the more exact wish
        taken = true;
      } else if (name.starts_with(part->name + ".")) {
        const std::string own = name.substr(part->name.size() + 1);
        if (own != "weight" && !declares(*part, own)) continue;
        routed[name] = value;
        taken = true;
      }
    }
    if (!taken) return unknown(name, parts);
  }
  return routed;
}

base::Status check_weights(const std::vector<const Algorithm*>& parts, const Parameters& parameters) {
  std::size_t given = 0;
  float largest = 0;
  for (const Algorithm* part : parts) {
    const std::optional<float> weight = given_weight(*part, parameters);
    given += weight ? 1 : 0;
    largest = std::max(largest, weight.value_or(0));
  }
  if (given == 0 || (given == parts.size() && largest > 0)) return {};
  return base::Error{base::ErrorCode::kInvalidArgument,
                     fmt::format("{} of {} parts have a weight, the largest is {}; give one to each "
                                 "of {} and one above 0, or none",
                                 given, parts.size(), largest, parameters.text(kParts))};
}

}  // namespace

ParameterSpec parts_parameter() {
  std::vector<std::string> choices;
  for (const Algorithm& algorithm : single_algorithms()) choices.push_back(algorithm.name);
  return {std::string(kParts),
          std::string(kDefaultParts),
          0,
          0,
          "what is blended, with commas between; each part's own parameters as part.name, its share as part.weight",
          std::move(choices),
          false,
          true};
}

std::vector<const Algorithm*> parts_named(std::string_view parts) {
  std::vector<const Algorithm*> found;
  for (const std::string& name : split_names(parts)) found.push_back(find_algorithm(name).value());
  return found;
}

base::Result<Parameters> resolve_hybrid(const std::map<std::string, ParameterValue>& given) {
  std::map<std::string, ParameterValue> choice;
  if (const auto parts = given.find(std::string(kParts)); parts != given.end()) choice.insert(*parts);
  MLA_ASSIGN(const Parameters chosen, Parameters::make(std::vector<ParameterSpec>{parts_parameter()}, choice));
  const std::vector<const Algorithm*> parts = parts_named(chosen.text(kParts));
  MLA_ASSIGN(const auto routed, route(given, parts));
  MLA_ASSIGN(Parameters parameters, Parameters::make(schema_of(parts), routed));
  MLA_CHECK(check_weights(parts, parameters));
  return parameters;
}

Parameters parameters_of(const Algorithm& part, const Parameters& hybrid) {
  std::map<std::string, ParameterValue> own;
  for (const ParameterSpec& spec : part.parameters) {
    own[spec.name] = hybrid.all().find(in_part(part, spec.name))->second;
  }
  return Parameters::make(part.parameters, own).value();
}

std::optional<float> given_weight(const Algorithm& part, const Parameters& hybrid) {
  const double weight = hybrid.number(in_part(part, "weight"));
  if (weight < 0) return std::nullopt;
  return static_cast<float>(weight);
}

std::vector<std::string> hybrid_warnings(const std::map<std::string, ParameterValue>& given) {
  std::vector<std::string> lines;
  const auto resolved = resolve_hybrid(given);
  if (!resolved.ok()) return lines;
  const std::vector<const Algorithm*> parts = parts_named(resolved->text(kParts));
  for (const auto& [name, value] : given) {
    const auto declared = [&, key = name](const Algorithm* part) { return declares(*part, key); };
    if (!is_deep(name) || std::any_of(parts.begin(), parts.end(), declared)) continue;
    lines.push_back(
        fmt::format("warning: '{}' belongs to the deep part, which this build does not have; it is unused", name));
  }
  return lines;
}

}  // namespace mla::models
