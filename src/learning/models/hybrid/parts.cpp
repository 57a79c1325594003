#include "learning/models/hybrid/parts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "learning/models/collaborative/ease.h"
#include "learning/models/collaborative/ials.h"
#include "learning/models/collaborative/item_knn.h"
#include "learning/models/collaborative/popularity.h"
#include "learning/models/content/content.h"
#include "learning/models/hybrid/hybrid.h"

namespace mla::models {
namespace {

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

bool declared_by_any(std::string_view name) {
  const auto parts = hybrid_parts();
  return std::any_of(parts.begin(), parts.end(), [&](const Algorithm& part) { return declares(part, name); });
}

base::Error unknown(const std::string& name) {
  std::vector<std::string> names(kDeepNames.begin(), kDeepNames.end());
  for (const Algorithm& part : hybrid_parts()) {
    for (const ParameterSpec& spec : part.parameters) {
      names.push_back(spec.name);
      names.push_back(part.name + "." + spec.name);
    }
  }
  const auto near = base::nearest_name(name, names);
  return {base::ErrorCode::kInvalidArgument, fmt::format("no part of the hybrid has a parameter '{}'{}", name,
                                                         near ? fmt::format("; did you mean '{}'?", *near) : "")};
}

}  // namespace

std::span<const Algorithm> hybrid_parts() {
  static const std::vector<Algorithm> parts = {popularity_algorithm(), item_knn_algorithm(), ease_algorithm(),
                                               ials_algorithm(), content_algorithm()};
  return parts;
}

std::vector<ParameterSpec> hybrid_schema() {
  std::vector<ParameterSpec> schema;
  for (const Algorithm& part : hybrid_parts()) {
    for (ParameterSpec spec : part.parameters) {
      spec.name = part.name + "." + spec.name;
      schema.push_back(std::move(spec));
    }
  }
  return schema;
}

base::Result<std::map<std::string, ParameterValue>> route_to_parts(const std::map<std::string, ParameterValue>& given) {
  std::map<std::string, ParameterValue> routed;
  for (const auto& [name, value] : given) {
    bool taken = is_deep(name);
    for (const Algorithm& part : hybrid_parts()) {
      if (declares(part, name)) {
        routed.emplace(part.name + "." + name, value);  // the longer name, if given too, is the more exact wish
        taken = true;
      } else if (name.starts_with(part.name + ".") && declares(part, name.substr(part.name.size() + 1))) {
        routed[name] = value;
        taken = true;
      }
    }
    if (!taken) return unknown(name);
  }
  return routed;
}

Parameters parameters_of(const Algorithm& part, const Parameters& hybrid) {
  std::map<std::string, ParameterValue> own;
  for (const ParameterSpec& spec : part.parameters) {
    own[spec.name] = hybrid.all().find(part.name + "." + spec.name)->second;
  }
  return Parameters::make(part.parameters, own).value();
}

std::vector<std::string> hybrid_warnings(const std::map<std::string, ParameterValue>& given) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : given) {
    if (!is_deep(name) || declared_by_any(name)) continue;
    lines.push_back(
        fmt::format("warning: '{}' belongs to the deep part, which this build does not have; it is unused", name));
  }
  return lines;
}

}  // namespace mla::models
