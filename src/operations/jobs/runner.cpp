#include "operations/jobs/runner.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "operations/jobs/impl/job_child.h"

namespace mla::jobs {
namespace {

constexpr double kLookEvery = 0.1;  // seconds: at flags and clocks
constexpr double kTakeEvery = 0.5;  // while nothing was found
constexpr double kTellEvery = 2;    // how far jobs are goes into the database, at the latest
constexpr double kDueEvery = 2;     // at schedules
constexpr double kRemoveEvery = 3600;
constexpr double kRenewals = 3;  // in the time of a lease, at least

// Who we are, so that a person finds us and no two are the same.
std::string owner_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '?';
  return fmt::format("{}/{}/{:08x}", static_cast<const char*>(host), ::getpid(), std::random_device()());
}

}  // namespace

struct Runner::Running {
  explicit Running(std::unique_ptr<JobChild> child_) : child(std::move(child_)) {}

  std::unique_ptr<JobChild> child;
  double renewed = base::monotonic_seconds();  // when the lease was
  double next_write = 0;
  std::optional<Outcome> outcome;  // until it is in the database
};

Runner::Runner(JobQueue& queue, Schedules& schedules, RunnerOptions options)
    : queue_(queue), schedules_(schedules), options_(std::move(options)), owner_(owner_name()) {}

Runner::~Runner() = default;

void Runner::run_until(const base::CancelFlag& flag) { run(flag, false); }
void Runner::run_all(const base::CancelFlag& flag) { run(flag, true); }

void Runner::run(const base::CancelFlag& flag, bool until_empty) {
  double next_take = 0;
  while (!flag.cancelled()) {
    keep_house();
    const bool room = running_.size() < static_cast<std::size_t>(options_.at_once);
    if (room && base::monotonic_seconds() >= next_take) {
      if (take()) continue;
      const auto waiting = queue_.waiting();
      if (until_empty && running_.empty() && waiting.ok() && *waiting == 0) return;
      next_take = base::monotonic_seconds() + kTakeEvery;
    }
    const std::size_t before = running_.size();
    wait_for_news(kLookEvery);
    look();
    if (running_.size() < before) next_take = 0;
  }
  for (const auto& running : running_) {
    if (!running->outcome) running->child->stop(JobChild::Stop::kRunnerStops);
  }
  const double patience = base::monotonic_seconds() + options_.limits.grace_seconds + queue_.lease_seconds();
  while (!running_.empty() && base::monotonic_seconds() < patience) {
    wait_for_news(kLookEvery);
    look();
  }
  running_.clear();  // what could not be written: the leases run out
}

void Runner::keep_house() {
  const double now = base::monotonic_seconds();
  if (now >= next_due_) {
    next_due_ = now + kDueEvery;
    const auto due = schedules_.queue_due();
    if (!due.ok()) {
      warn("cannot look at schedules", due.error().message);
    } else if (!due->problem.empty()) {
      warn("a schedule cannot be followed", due->problem);
    }
  }
  if (now >= next_removal_) {
    next_removal_ = now + kRemoveEvery;
    if (const auto removed = queue_.remove_old(); !removed.ok())
      warn("cannot remove old jobs", removed.error().message);
  }
}

bool Runner::take() {
  auto job = queue_.take(owner_);
  if (!job.ok()) {
    warn("cannot look for jobs", job.error().message);
    return false;
  }
  if (!*job) return false;
  base::log::info("jobs", "job begins", {{"job", (*job)->id}, {"model", (*job)->model}, {"attempt", (*job)->attempt}});
  auto child = JobChild::start(**job, options_);
  if (child.ok()) {
    running_.push_back(std::make_unique<Running>(*std::move(child)));
    return true;
  }
  const Claim claim{(*job)->id, owner_, (*job)->attempt};
  const Outcome outcome{JobState::kFailed, "", child.error().message};
  if (const auto ended = queue_.finish(claim, outcome, {}, JobLog((*job)->log)); !ended.ok())
    warn("cannot end a job", ended.error().message);
  return true;
}

void Runner::wait_for_news(double seconds) const {
  std::vector<::pollfd> channels;
  for (const auto& running : running_) {
    if (!running->outcome) channels.push_back({running->child->descriptor(), POLLIN, 0});
  }
  ::poll(channels.data(), channels.size(), static_cast<int>(seconds * 1000));
}

void Runner::look() {
  for (const auto& running : running_) {
    if (!running->outcome) {
      running->outcome = running->child->look();
      if (running->outcome) running->next_write = 0;
    }
    if (base::monotonic_seconds() < running->next_write) continue;
    running->next_write = base::monotonic_seconds() + std::min(kTellEvery, queue_.lease_seconds() / kRenewals);
    if (running->outcome) {
      settle(*running, *running->outcome);
    } else {
      renew(*running);
    }
  }
  std::erase_if(running_, [](const auto& running) { return running->child == nullptr; });
}

void Runner::renew(Running& running) {
  JobChild& child = *running.child;
  if (child.stopped() == JobChild::Stop::kClaimLost) return;
  const double now = base::monotonic_seconds();
  const auto cancelled = queue_.renew(child.claim(), child.progress(), child.log());
  if (cancelled.ok()) {
    running.renewed = now;
    if (*cancelled) child.stop(JobChild::Stop::kCancelled);
    return;
  }
  warn("cannot renew a lease", cancelled.error().message);
  // Somebody else has it, or may have it by now.
  if (cancelled.error().code == base::ErrorCode::kNotFound || now - running.renewed > queue_.lease_seconds())
    child.stop(JobChild::Stop::kClaimLost);
}

void Runner::settle(Running& running, const Outcome& outcome) {
  JobChild& child = *running.child;
  // Stopped by us, or by whoever stops us with all our processes.
  const bool given_back = (outcome.state != JobState::kSucceeded && child.stopped() == JobChild::Stop::kRunnerStops) ||
                          (outcome.state == JobState::kCancelled && child.stopped() == JobChild::Stop::kNone);
  base::Status written;
  if (given_back) {
    child.log().add("stopped from outside");
    written = queue_.release(child.claim(), child.log());
  } else if (child.stopped() != JobChild::Stop::kClaimLost || outcome.state == JobState::kSucceeded) {
    written = queue_.finish(child.claim(), outcome, child.progress(), child.log());
  }
  if (!written.ok() && written.error().code != base::ErrorCode::kNotFound) {
    warn("cannot write how a job ended", written.error().message);
    return;  // again at the next look
  }
  base::log::info("jobs", "job ends",
                  {{"job", child.claim().job},
                   {"state", given_back ? "queued" : to_string(outcome.state)},
                   {"error", outcome.error}});
  running.child.reset();
}

void Runner::warn(const std::string& what, const std::string& reason) {
  if (warned_ == what + reason) return;
  warned_ = what + reason;
  base::log::warning("jobs", what, {{"reason", reason}});
}

}  // namespace mla::jobs
