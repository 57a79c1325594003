#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "learning/models/algorithms.h"

namespace mla::models {

// What a hybrid is made of, in the order in which weights are listed.
std::span<const Algorithm> hybrid_parts();

// Every parameter of every part as "part.name".
std::vector<ParameterSpec> hybrid_schema();

// Plain names to "part.name" for every part that declares them; what belongs to the deep part alone is left out.
// kInvalidArgument for a name that nobody declares, with the nearest that somebody does.
base::Result<std::map<std::string, ParameterValue>> route_to_parts(const std::map<std::string, ParameterValue>& given);

// The parameters of one part. REQUIRES: made from hybrid_schema().
Parameters parameters_of(const Algorithm& part, const Parameters& hybrid);

}  // namespace mla::models
