#include "learning/plugins/impl/host_process.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "foundation/base/clock.h"
#include "learning/plugins/host.h"
#include "learning/plugins/impl/description.h"

namespace mla::plugins {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr ::timeval kSendLimit{.tv_sec = 30, .tv_usec = 0};  // it reads all of a request before it works on it
constexpr std::uint64_t kMostEventBytes = 1 << 16;
constexpr std::size_t kPiece = 1 << 20;  // of an answer, so that memory comes with the bytes, not with what is claimed
constexpr double kLookForCancel = 0.1;   // seconds

// What of our environment a plugin may know: where libraries are, and how sanitizers report.
std::vector<std::string> host_environment() {
  std::vector<std::string> kept = {"LC_ALL=C.UTF-8"};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ASAN_OPTIONS",
                           "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) kept.push_back(fmt::format("{}={}", name, value));
  }
  return kept;
}

}  // namespace

Result<HostProcess> HostProcess::start(const std::string& program) {
  HostProcess host;
  MLA_ASSIGN(host.process_,
             base::ChildProcess::start(
                 {.command = {program, std::string(kHostWord)}, .environment = host_environment(), .own_group = true}));
  ::setsockopt(host.process_.channel(), SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof kSendLimit);
  return host;
}

Error HostProcess::stopped(std::string why) {
  end();
  return {ErrorCode::kInternal, std::move(why)};
}

Error HostProcess::lost(std::string_view doing) {
  process_.signal(SIGKILL);  // does not change how it ended, if it has; it may only have closed the socket
  const int status = process_.wait();
  const std::string how = WIFSIGNALED(status)
                              ? fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
                              : fmt::format("code {}", WEXITSTATUS(status));
  return {ErrorCode::kInternal, fmt::format("its process ended with {} while it {}", how, doing)};
}

base::Status HostProcess::check_time(std::string_view doing, const Limits& limits, double deadline) {
  if (limits.cancel != nullptr && limits.cancel->cancelled()) {
    end();
    return Error{ErrorCode::kCancelled, "cancelled"};
  }
  if (base::monotonic_seconds() >= deadline)
    return stopped(fmt::format("it takes more than {:g} s while it {}", limits.seconds, doing));
  return {};
}

base::Status HostProcess::receive(char* out, std::size_t bytes, std::string_view doing, const Limits& limits,
                                  double deadline) {
  while (bytes > 0) {
    const ::ssize_t got = ::recv(process_.channel(), out, bytes, MSG_DONTWAIT);
    if (got > 0) {
      out += got;
      bytes -= static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0) return lost(doing);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return lost(doing);
    MLA_CHECK(check_time(doing, limits, deadline));
    const double left = std::max(deadline - base::monotonic_seconds(), 0.0);
    const double wait = limits.cancel != nullptr ? std::min(left, kLookForCancel) : std::min(left, 60.0);
    ::pollfd ready{process_.channel(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(std::ceil(1000 * wait)));
  }
  return {};
}

Result<std::string> HostProcess::ask(Ask ask, std::string_view request, std::string_view doing, const Limits& limits,
                                     const Event& event) {
  const double deadline =
      limits.seconds > 0 ? base::monotonic_seconds() + limits.seconds : std::numeric_limits<double>::infinity();
  if (!send_message(process_.channel(), static_cast<std::uint32_t>(ask), request)) return lost(doing);
  for (;;) {
    Header header;
    MLA_CHECK(receive(reinterpret_cast<char*>(&header), sizeof header, doing, limits, deadline));
    const auto told = static_cast<Told>(header.kind);
    const std::uint64_t most = told == Told::kDone ? limits.bytes : kMostEventBytes;
    const bool known = told >= Told::kDone && told <= Told::kProgress;
    if (header.magic != kMagic || !known || header.bytes > most)
      return stopped(fmt::format("its process answers with garbage while it {}", doing));
    std::string bytes;
    while (bytes.size() < header.bytes) {
      const std::size_t had = bytes.size();
      bytes.resize(had + std::min<std::uint64_t>(header.bytes - had, kPiece));
      MLA_CHECK(receive(bytes.data() + had, bytes.size() - had, doing, limits, deadline));
    }
    if (told == Told::kDone) return bytes;
    if (told == Told::kFailed) return Error{ErrorCode::kInternal, plain_line(bytes)};
    if (event) event(told, bytes);
    MLA_CHECK(check_time(doing, limits, deadline));  // one that never stops talking is never waited for
  }
}

}  // namespace mla::plugins
