#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace mla::analysis {

// An analysis (or error) as `analyze` writes it, in one or more lines for people, each with its newline. Says only what
// is there; control characters of file names become spaces.
std::string summary(const boost::json::object& analysis);

}  // namespace mla::analysis
