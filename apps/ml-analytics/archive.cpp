#include "apps/ml-analytics/archive.h"

#include <chrono>
#include <utility>

#include <sys/resource.h>

#include "adapters/mongo/mongo.h"
#include "apps/ml-analytics/background.h"
#include "foundation/base/log.h"
#include "knowledge/catalog/archive_queue.h"

namespace mla::apps {
namespace {

constexpr std::chrono::seconds kLookEvery{2};
constexpr double kClaimTimeouts = 6;  // connecting, asking and trying again, twice over

}  // namespace

base::Result<std::unique_ptr<pipelines::Archive>> open_archive(const config::Settings& settings) {
  if (settings.database.mongodb_url.empty()) return std::unique_ptr<pipelines::Archive>();
  return mongo::open(settings.database.mongodb_url, {.timeout = settings.archive.timeout});
}

pipelines::Follower::Options follower_options(const config::Settings& settings) {
  return {.batch_size = static_cast<std::size_t>(settings.archive.batch_size),
          .claim_seconds = kClaimTimeouts * settings.archive.timeout};
}

ArchiveThread::ArchiveThread(std::unique_ptr<pipelines::Archive> archive, const config::Settings& settings,
                             store::Database& database, const base::Clock& clock, telemetry::Metrics& metrics)
    : archive_(std::move(archive)),
      settings_(settings),
      database_(database),
      clock_(clock),
      events_(metrics.counter(telemetry::kArchiveTold, {{"kind", "events"}})),
      analyses_(metrics.counter(telemetry::kArchiveTold, {{"kind", "analyses"}})),
      erasures_(metrics.counter(telemetry::kArchiveTold, {{"kind", "erasures"}})),
      failures_(metrics.counter(telemetry::kArchiveFailures)),
      waiting_(metrics.gauge(telemetry::kArchiveWaiting)),
      thread_([this] { loop(); }) {}

ArchiveThread::~ArchiveThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_.cancel();
  }
  wake_.notify_all();
  thread_.join();
}

void ArchiveThread::loop() {
  // On Linux of this thread alone: requests go first. Not by far: they wait while it writes into the database.
  ::setpriority(PRIO_PROCESS, 0, 5);
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    const base::Status done = contained([this] { return round(); });
    std::string problem = done.ok() ? "" : done.error().message;
    if (!done.ok()) failures_.add();
    if (!problem.empty() && problem != problem_) {
      base::log::warning("archive", "the archive is not told what is new", {{"reason", problem}});
    } else if (problem.empty() && !problem_.empty()) {
      base::log::info("archive", "the archive is told again");
    }
    problem_ = std::move(problem);
    lock.lock();
  } while (!wake_.wait_for(lock, kLookEvery, [this] { return stop_.cancelled(); }));
}

base::Status ArchiveThread::round() {
  if (!follower_) {
    MLA_ASSIGN(pipelines::Follower follower,
               pipelines::Follower::open(database_, *archive_, clock_, follower_options(settings_)));
    follower_.emplace(std::move(follower));
    base::log::info("archive", "an archive follows the database", {{"archive", archive_->name()}});
  }
  pipelines::Follower::Report report;
  base::Status told = follower_->run(stop_, report);
  events_.add(static_cast<double>(report.events));
  analyses_.add(static_cast<double>(report.analyses));
  erasures_.add(static_cast<double>(report.erased));
  MLA_ASSIGN(const catalog::ArchiveQueue::Waiting waiting, catalog::ArchiveQueue(database_).waiting());
  waiting_.set(static_cast<double>(waiting.histories + waiting.erasures));
  return told;
}

}  // namespace mla::apps
