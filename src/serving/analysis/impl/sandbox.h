#pragma once

#include <cstdint>

#include "foundation/base/result.h"

namespace mla::analysis {

// True if this build can be confined by system calls and memory (base::sanitized_build); all else is always the same.
bool full_sandbox();

// Confines the calling process for good; call it while there is one thread and everything lazy has been loaded.
// - dies with its parent, gains no privileges, leaves no core, writes no file, opens none but received ones;
// - at most `memory_bytes` of address space more than now;
// - seccomp: memory, reading and writing descriptors that it has, time, and ending. Opening anything fails with EPERM;
//   what decoding never needs (network, processes, signals to others) ends the process with SIGSYS.
base::Status enter_sandbox(std::uint64_t memory_bytes);

}  // namespace mla::analysis
