#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "foundation/base/child_process.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/plugins/impl/message.h"

namespace mla::plugins {

// What an answer may take.
struct Limits {
  double seconds = 0;                        // 0: as long as it takes
  std::uint64_t bytes = 0;                   // of the answer
  const base::CancelFlag* cancel = nullptr;  // raised: the process is ended and the error is kCancelled
};

// The process of one plugin (host.h), from the program's side. Not thread-safe.
class HostProcess {
 public:
  using Event = std::function<void(Told told, std::string_view bytes)>;

  HostProcess() = default;  // no process
  // kInternal if it does not start.
  static base::Result<HostProcess> start(const std::string& program);

  // Ends it: what it did is of no use any more.
  void end() { process_ = {}; }
  bool alive() const { return process_.alive(); }

  // Has it do one thing, `doing` ("scores") in words; events come before the answer. Errors are kInternal, as ends of a
  // sentence that begins with the plugin's name; one after which the process is not alive() was the end of it: it
  // crashed, took too long or answered what is no answer. REQUIRES: alive().
  base::Result<std::string> ask(Ask ask, std::string_view request, std::string_view doing, const Limits& limits,
                                const Event& event = {});

 private:
  base::Status receive(char* out, std::size_t bytes, std::string_view doing, const Limits& limits, double deadline);
  // An error once it is cancelled or has taken too long: then it is ended.
  base::Status check_time(std::string_view doing, const Limits& limits, double deadline);
  base::Error lost(std::string_view doing);
  base::Error stopped(std::string why);

  base::ChildProcess process_;
};

}  // namespace mla::plugins
