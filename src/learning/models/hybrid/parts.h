#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learning/models/algorithms.h"

namespace mla::models {

// Which algorithms a hybrid blends: names with commas between, in the order in which weights are listed.
ParameterSpec parts_parameter();

// The parts that `parts` names. REQUIRES: allowed by parts_parameter().
std::vector<const Algorithm*> parts_named(std::string_view parts);

// The parameters of a hybrid of the parts that `given` asks for: "parts", and for each part "part.weight" and every
// parameter of it as "part.name". A plain name in `given` goes to every part that declares it; what belongs to the deep
// part alone is left out. kInvalidArgument for a name that no part declares, with the nearest that one does, and for
// weights of some of the parts only, or none above 0.
base::Result<Parameters> resolve_hybrid(const std::map<std::string, ParameterValue>& given);

// The parameters of one part, and its weight if that is given. REQUIRES: made by resolve_hybrid.
Parameters parameters_of(const Algorithm& part, const Parameters& hybrid);
std::optional<float> given_weight(const Algorithm& part, const Parameters& hybrid);

}  // namespace mla::models
