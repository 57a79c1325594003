#pragma once

#include <exception>
#include <utility>

#include "foundation/base/result.h"

namespace mla::apps {

// What a round of the work in the background returns; what it throws, where memory is short, is an error of this round
// and not the end of the server.
template <class Round>
base::Status contained(Round&& round) {
  try {
    return std::forward<Round>(round)();
  } catch (const std::exception& error) {
    return base::Error{base::ErrorCode::kInternal, error.what()};
  }
}

}  // namespace mla::apps
