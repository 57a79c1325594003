#include "foundation/base/child_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MLA_SANITIZED 1
#endif
#endif

namespace mla::base {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// What the new process has of us.
class Spawn {
 public:
  Spawn(const ChildOptions& options, int channel) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    if (options.silent) ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, channel, ChildProcess::kChannel);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, ChildProcess::kChannel + 1);
    ::sigset_t defaults;
    ::sigemptyset(&defaults);
    for (const int number : {SIGTERM, SIGPIPE, SIGXFSZ}) ::sigaddset(&defaults, number);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    const int group = options.own_group ? POSIX_SPAWN_SETPGROUP : 0;
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(POSIX_SPAWN_SETSIGDEF | group));
  }
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // errno of the failure, or 0.
  int run(std::vector<std::string> command, const std::optional<std::vector<std::string>>& environment,
          ::pid_t& process) {
    std::vector<std::string> variables = environment.value_or(std::vector<std::string>());
    std::vector<char*> given = pointers(variables);
    return ::posix_spawn(&process, command[0].c_str(), &actions_, &attributes_, pointers(command).data(),
                         environment ? given.data() : environ);
  }

 private:
  ::posix_spawn_file_actions_t actions_{};
  ::posix_spawnattr_t attributes_{};
};

}  // namespace

bool sanitized_build() {
#ifdef MLA_SANITIZED
  return true;
#else
  return false;
#endif
}

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{ErrorCode::kInternal, fmt::format("cannot make a socket: {}", std::strerror(errno))};
  }
  // dup2 onto itself would leave close-on-exec set: the child's end has to be another number.
  if (ends[1] == kChannel) ends[1] = ::fcntl(ends[1], F_DUPFD_CLOEXEC, kChannel + 1);
  const Descriptor theirs(ends[1]);
  ChildProcess child;
  child.channel_ = Descriptor(ends[0]);
  ::pid_t process = -1;
  if (const int error = Spawn(options, theirs.get()).run(options.command, options.environment, process); error != 0) {
    return Error{ErrorCode::kInternal, fmt::format("cannot start {}: {}", options.command[0], std::strerror(error))};
  }
  child.id_ = process;
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), channel_(std::move(other.channel_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(channel_, other.channel_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (!alive()) return;
  signal(SIGKILL);
  wait();
}

void ChildProcess::signal(int number) const { ::kill(id_, number); }

bool ChildProcess::limit(int resource, std::uint64_t soft) const {
  const auto which = static_cast<__rlimit_resource>(resource);
  ::rlimit limits{};
  if (::prlimit(id_, which, nullptr, &limits) != 0) return false;
  limits.rlim_cur = limits.rlim_max == RLIM_INFINITY ? soft : std::min<::rlim_t>(soft, limits.rlim_max);
  return ::prlimit(id_, which, &limits, nullptr) == 0;
}

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return status;
}

}  // namespace mla::base
