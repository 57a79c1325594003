#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "learning/tagging/labels.h"

namespace mla::apps {

// What tracks sound like. Of each either `excerpts` has some, or `problems` says why not: it cannot be analysed, is
// silent or too short.
struct Heard {
  std::vector<audio::ExcerptVectors> excerpts;
  std::vector<std::string> problems;
};

// Analyses the tracks in confined workers, `jobs` at once (0: one for each core).
base::Result<Heard> hear(const tagging::Labels& labels, int jobs, base::Work& work);

// kInvalidArgument that names the first tracks with problems, if there are any.
base::Status check_heard(const tagging::Labels& labels, const Heard& heard);

}  // namespace mla::apps
