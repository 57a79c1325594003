#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "front/engine/engine.h"
#include "learning/training/evaluation.h"

namespace mla::engine {

// The algorithm name that stands for whatever is found best; it publishes a hybrid.
inline constexpr std::string_view kAuto = "auto";

// The path for other processes: absolute, without dots; "" stays as it is.
std::string absolute_text(const std::filesystem::path& path);

// The parameters, if all words of the request are right: what can be said without data. kInvalidArgument names what is
// off.
base::Result<training::ParameterMap> check_words(const TrainRequest& request);

}  // namespace mla::engine
