#include "operations/jobs/impl/job_child.h"

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "foundation/base/clock.h"

namespace mla::jobs {
namespace {

constexpr std::size_t kMostUnread = std::size_t{1} << 20;  // bytes of one line

}  // namespace

base::Result<std::unique_ptr<JobChild>> JobChild::start(const Job& job, const RunnerOptions& options) {
  base::ChildOptions child{.command = options.command, .own_group = true};
  for (const std::string& word : {std::string("--job"), job.id, std::string("--owner"), job.owner,
                                  std::string("--attempt"), std::to_string(job.attempt)}) {
    child.command.push_back(word);
  }
  MLA_ASSIGN(base::ChildProcess process, base::ChildProcess::start(child));
  const JobLimits& limits = options.limits;
  process.limit(RLIMIT_CORE, 0);
  if (limits.cpu_seconds > 0) process.limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.cpu_seconds)));
  if (limits.memory_bytes > 0 && !base::sanitized_build())
    process.limit(RLIMIT_DATA, static_cast<std::uint64_t>(limits.memory_bytes));
  std::unique_ptr<JobChild> started(new JobChild());
  started->options_ = options;
  started->process_ = std::move(process);
  started->claim_ = {job.id, job.owner, job.attempt};
  started->log_ = JobLog(job.log);
  started->deadline_ = base::monotonic_seconds() + limits.seconds;
  return started;
}

void JobChild::stop(Stop why) {
  if (stop_ != Stop::kNone) return;
  stop_ = why;
  process_.signal(SIGTERM);
  kill_at_ = base::monotonic_seconds() + options_.limits.grace_seconds;
}

void JobChild::take(std::string_view line) {
  const auto told = parse_told(line);
  if (!told) {
    log_.add(fmt::format("(not understood) {}", line));
  } else if (const auto* note = std::get_if<Note>(&*told)) {
    log_.add(note->line);
  } else if (const auto* step = std::get_if<StepBegan>(&*told)) {
    progress_ = {step->name, 0, step->total};
  } else if (const auto* done = std::get_if<Done>(&*told)) {
    progress_.done = done->units;
  } else {
    last_word_ = *told;
    kill_at_ = base::monotonic_seconds() + options_.limits.grace_seconds;
  }
}

// False at the end of what it has to say.
bool JobChild::read() {
  char buffer[16 << 10];
  for (;;) {
    const ssize_t got = ::recv(process_.channel(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (got == 0) return false;
    unread_.append(buffer, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1)
      take(std::string_view(unread_).substr(begin, end - begin));
    unread_.erase(0, begin);
    if (unread_.size() > kMostUnread) return false;
  }
}

std::optional<Outcome> JobChild::look() {
  const bool open = read();
  const double now = base::monotonic_seconds();
  if (open && stop_ == Stop::kNone && now >= deadline_) stop(Stop::kTimedOut);
  const bool overdue = (stop_ != Stop::kNone || last_word_) && now >= kill_at_;
  if (open && !overdue) return std::nullopt;
  process_.signal(SIGKILL);  // it has closed its channel, or does not listen
  return ended(process_.wait());
}

Outcome JobChild::ended(int status) {
  const auto failed = [](std::string error) { return Outcome{JobState::kFailed, "", std::move(error)}; };
  const auto* success = last_word_ ? std::get_if<Succeeded>(&*last_word_) : nullptr;
  if (success != nullptr) return {JobState::kSucceeded, success->result, ""};
  const JobLimits& limits = options_.limits;
  if (stop_ == Stop::kCancelled) return {JobState::kCancelled, "", "cancelled"};
  if (stop_ == Stop::kTimedOut)
    return failed(fmt::format("stopped after {:g} s, the limit of jobs.seconds", limits.seconds));
  if (const auto* error = last_word_ ? std::get_if<Failed>(&*last_word_) : nullptr; error != nullptr) {
    // It may have asked the database before we did.
    if (error->code == base::ErrorCode::kCancelled) return {JobState::kCancelled, "", error->message};
    if (error->code == base::ErrorCode::kTooLarge && limits.memory_bytes > 0) {
      return failed(
          fmt::format("{} (a job may use {} MB, see jobs.memory_mb)", error->message, limits.memory_bytes >> 20));
    }
    return failed(error->message);
  }
  if (!WIFSIGNALED(status)) {
    return failed(fmt::format("its process ended with code {} and said nothing; see the log of the program that ran it",
                              WEXITSTATUS(status)));
  }
  const int number = WTERMSIG(status);
  if (number == SIGXCPU) {
    return failed(
        fmt::format("stopped after {:g} s of processor time, the limit of jobs.cpu_seconds", limits.cpu_seconds));
  }
  if (number == SIGKILL) {
    return failed(
        "its process was killed (signal 9): the system had too little memory, or somebody killed it; see "
        "jobs.memory_mb");
  }
  return failed(fmt::format("its process crashed with signal {} ({})", number, ::strsignal(number)));
}

}  // namespace mla::jobs
