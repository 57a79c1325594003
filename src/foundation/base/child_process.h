#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"

namespace mla::base {

// True if this build carries a sanitizer. Sanitizers map terabytes, read /proc and may start a tracer, so such builds
// take no limit on memory and no filter of system calls.
bool sanitized_build();

struct ChildOptions {
  std::vector<std::string> command = {};                     // program and words; /proc/self/exe is this program
  std::optional<std::vector<std::string>> environment = {};  // "NAME=value"; nothing: ours
  bool silent = false;     // its standard error goes nowhere instead of where ours goes
  bool own_group = false;  // Ctrl-C on our terminal does not reach it
};

// A program that we started and that ends when this does. Its descriptor kChannel is one end of a stream socket whose
// other end is `channel`; standard input and output lead nowhere, all other descriptors of ours are closed, signals act
// as they do by default. Used by one thread.
class ChildProcess {
 public:
  static constexpr int kChannel = 3;

  ChildProcess() = default;  // no process
  // kInternal if there is no such program, or no room for one more process.
  static Result<ChildProcess> start(const ChildOptions& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();  // SIGKILL, and waits

  // The process id, or -1: there is none, or its end was seen.
  int id() const { return id_; }
  bool alive() const { return id_ > 0; }
  // Our end of the socket; stays open after the process has ended.
  int channel() const { return channel_.get(); }

  // Sends a signal. REQUIRES: alive().
  void signal(int number) const;
  // Sets the soft limit of a resource (RLIMIT_CPU, RLIMIT_DATA, …; setrlimit(2)). False if the system refuses.
  bool limit(int resource, std::uint64_t soft) const;
  // Waits for its end; the status as waitpid(2) gives it. REQUIRES: alive().
  int wait();

 private:
  int id_ = -1;
  Descriptor channel_;
};

}  // namespace mla::base
