#pragma once

#include <string_view>

#include "foundation/base/result.h"
#include "front/engine/engine.h"
#include "learning/training/evaluation.h"

namespace mla::engine {

// The algorithm name that stands for whatever is found best; it publishes a hybrid.
inline constexpr std::string_view kAuto = "auto";

// The parameters, if all words of the request are right: what can be said without data. kInvalidArgument names what is
// off.
base::Result<training::ParameterMap> check_words(const TrainRequest& request);

}  // namespace mla::engine
