#pragma once

#include <string>

#include "apps/ml-analytics/program.h"
#include "foundation/base/work.h"

namespace mla::apps {

// Analyses the files of an imported music folder that were not analysed yet, stores what they sound like, and says how
// many there were: for people, or as one JSON object. Returns an exit code; a file that cannot be analysed is a note.
int analyse_folder(const std::string& folder, bool json, Program& program, base::Work& work);

}  // namespace mla::apps
