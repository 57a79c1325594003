#pragma once

#include <utility>

#include "foundation/base/result.h"

namespace mla::engine {

// What `call` returns, or the error of a base::Failure that it throws: a model of somebody else's does where it cannot
// return one.
template <class Call>
auto guarded(Call&& call) -> decltype(std::forward<Call>(call)()) {
  try {
    return std::forward<Call>(call)();
  } catch (const base::Failure& failure) {
    return failure.error();
  }
}

}  // namespace mla::engine
