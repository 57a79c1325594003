#pragma once

#include <algorithm>

namespace mla::config {

// What `server.threads: 0` comes to: more than there are cores, since requests wait for the disk and for each other.
constexpr int request_threads(int cores) { return std::max(32, 2 * cores); }

}  // namespace mla::config
