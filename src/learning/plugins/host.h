#pragma once

#include <string_view>

#include "foundation/base/child_process.h"

namespace mla::plugins {

// A program that calls host_main(kHostSocket) when it is started with this word alone can be the process of a plugin.
inline constexpr std::string_view kHostWord = "plugin-host";
inline constexpr int kHostSocket = base::ChildProcess::kChannel;

// The process of one plugin and one model of it: does what the program asks until it hangs up, which ends the process
// at once, whatever the plugin is doing. Gains no privileges, leaves no core, and is the first that the system ends
// where memory runs out.
[[noreturn]] void host_main(int socket);

}  // namespace mla::plugins
