#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "learning/training/evaluation.h"

namespace mla::training {

// Reads what `--params` gives: a JSON object of numbers, booleans and texts. A list of texts (parts) becomes these
// with commas between, any other list (hidden_layers) the text of its JSON. kInvalidArgument for anything else, with
// the name of the parameter.
base::Result<ParameterMap> parse_parameters(std::string_view json);

// {"factors": 64, "similarity": "cosine", …}
boost::json::object to_object(const models::Parameters& parameters);
boost::json::object to_object(const ParameterMap& parameters);

}  // namespace mla::training
