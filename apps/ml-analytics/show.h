#pragma once

#include <string>

#include "serving/recommend/request.h"

namespace mla::apps {

// The answer as a numbered list with a reason below each line; notes come first.
std::string to_text(const recommend::Answer& answer);

}  // namespace mla::apps
