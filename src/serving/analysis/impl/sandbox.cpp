#include "serving/analysis/impl/sandbox.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "foundation/base/child_process.h"

namespace mla::analysis {
namespace {

using base::Error;
using base::ErrorCode;

constexpr ::rlim_t kMaxDescriptor = 16;

Error failed(const char* what, int error) {
  return {ErrorCode::kInternal,
          std::string("cannot confine the analysis worker: ") + what + ": " + std::strerror(error)};
}

base::Status limit(__rlimit_resource resource, ::rlim_t value, const char* name) {
  const ::rlimit both{value, value};
  if (::setrlimit(resource, &both) != 0) return failed(name, errno);
  return {};
}

// Bytes of address space in use.
std::uint64_t address_space() {
  unsigned long long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r"); file != nullptr) {
    if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {}
  ~Filter() {
    if (context_ != nullptr) seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  int install() {
    if (context_ == nullptr) return ENOMEM;
    for (const int call :
         {SCMP_SYS(read),           SCMP_SYS(pread64),         SCMP_SYS(readv),       SCMP_SYS(write),
          SCMP_SYS(writev),         SCMP_SYS(lseek),           SCMP_SYS(close),       SCMP_SYS(fstat),
          SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),         SCMP_SYS(brk),         SCMP_SYS(munmap),
          SCMP_SYS(mremap),         SCMP_SYS(madvise),         SCMP_SYS(futex),       SCMP_SYS(clock_gettime),
          SCMP_SYS(gettimeofday),   SCMP_SYS(clock_getres),    SCMP_SYS(getrandom),   SCMP_SYS(sysinfo),
          SCMP_SYS(getpid),         SCMP_SYS(gettid),          SCMP_SYS(sched_yield), SCMP_SYS(rt_sigreturn),
          SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(exit),        SCMP_SYS(exit_group)}) {
      allow(call);
    }
    // Memory that can be run may not be made, nor files mapped but privately.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
      allow_if(call, {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0});
    }
    // Libraries look for optional things: they do not find them.
    for (const int call : {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(stat),
                           SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
                           SCMP_SYS(ioctl), SCMP_SYS(sched_getaffinity), SCMP_SYS(prlimit64)}) {
      add(seccomp_rule_add(context_, SCMP_ACT_ERRNO(EPERM), call, 0));
    }
    // abort() and failed assertions end with their own signal instead of SIGSYS.
    const auto self = static_cast<scmp_datum_t>(::getpid());
    allow_if(SCMP_SYS(tgkill), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = self, .datum_b = 0});
    return error_ != 0 ? error_ : -seccomp_load(context_);
  }

 private:
  void allow(int call) { add(seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 0)); }
  // libseccomp's macros for conditions are C, not C++.
  void allow_if(int call, const scmp_arg_cmp& condition) {
    add(seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 1, &condition));
  }
  void add(int result) {
    if (result != 0 && error_ == 0) error_ = -result;
  }

  scmp_filter_ctx context_;
  int error_ = 0;
};

}  // namespace

bool full_sandbox() { return !base::sanitized_build(); }

base::Status enter_sandbox(std::uint64_t memory_bytes) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return failed("PR_SET_PDEATHSIG", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("PR_SET_NO_NEW_PRIVS", errno);
  MLA_CHECK(limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  MLA_CHECK(limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"));
  MLA_CHECK(limit(RLIMIT_NOFILE, kMaxDescriptor, "RLIMIT_NOFILE"));
  if (!full_sandbox()) return {};
  MLA_CHECK(limit(RLIMIT_AS, address_space() + memory_bytes, "RLIMIT_AS"));
  Filter filter;
  if (const int error = filter.install(); error != 0) return failed("seccomp", error);
  return {};
}

}  // namespace mla::analysis
