#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "serving/recommend/request.h"

namespace mla::apps {

// The answer as `--json` prints it, named as in the REST API.
boost::json::object to_json(const recommend::Answer& answer);

// The answer as a numbered list with a reason below each line; notes come first.
std::string to_text(const recommend::Answer& answer);

}  // namespace mla::apps
