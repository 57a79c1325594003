#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace mla::tagging {

// What `train --model-type audio --params` says.
struct TaggingOptions {
  std::vector<std::string> targets;  // columns of numbers to learn as moods
  int repetitions = 10;              // of the cross-validation; 0: none
  int folds = 5;
  std::string data;     // what the training music is, for the model card
  std::string licence;  // that it puts on the model, for the model card
};

// kInvalidArgument for what is no JSON object, an unknown name (with the nearest), a wrong type or range.
base::Result<TaggingOptions> parse_options(std::string_view json);

// For --help, one line each.
inline constexpr std::string_view kOptionsHelp =
    "  audio\n"
    "    targets [[]]  columns of numbers to learn, [\"power\", \"sadness\"]\n"
    "    repetitions [10]  of the cross-validation by artist that the model card reports; 0: none\n"
    "    folds [5]  of each\n"
    "    data, licence  what the music is and what its licence asks of users of the model, for the model card";

}  // namespace mla::tagging
