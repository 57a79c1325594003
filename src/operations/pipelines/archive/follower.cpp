#include "operations/pipelines/archive/follower.h"

#include <random>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace mla::pipelines {
namespace {

using base::Result;
using base::Status;

// Another process, or the same number after a restart, must not pass for this one.
std::string draw_holder() {
  std::random_device device;
  return fmt::format("{}-{:08x}{:08x}", ::getpid(), device(), device());
}

}  // namespace

Result<Follower> Follower::open(store::Database& database, Archive& archive, const base::Clock& clock,
                                const Options& options) {
  MLA_ASSIGN(Analyses analyses, Analyses::open(database));
  Follower follower(database, analyses, archive, clock, options);
  MLA_CHECK(follower.queue_.follow(archive.name()));
  return follower;
}

Follower::Follower(store::Database& database, Analyses analyses, Archive& archive, const base::Clock& clock,
                   const Options& options)
    : queue_(database),
      analyses_(analyses),
      archive_(&archive),
      clock_(&clock),
      options_(options),
      holder_(draw_holder()) {}

base::UnixMillis Follower::claim_end() const {
  return clock_->now() + static_cast<base::UnixMillis>(options_.claim_seconds * base::kMillisPerSecond);
}

Status Follower::run(const base::CancelFlag& cancel, Report& report) {
  MLA_ASSIGN(const catalog::ArchiveQueue::State state, queue_.state());
  if (!state.following || state.target != archive_->name()) {
    return base::Error{base::ErrorCode::kUnsupported,
                       fmt::format("the archive {} does not follow this database any more: {} does", archive_->name(),
                                   state.following ? state.target : "none")};
  }
  MLA_ASSIGN(const std::int64_t newest, analyses_.newest());
  if (state.waiting > 0 || newest > state.analyses) return tell(cancel, report);
  // Nothing to tell: whether it is there is worth knowing all the same.
  if (state.problem.empty() && base::monotonic_seconds() - reached_ < options_.reach_seconds) return {};
  Status reached = archive_->reach();
  reached_ = base::monotonic_seconds();
  if (reached.ok() == state.problem.empty()) return reached;
  return note(reached);
}

Status Follower::note(const Status& of_archive) {
  MLA_CHECK(queue_.note_problem(of_archive.ok() ? "" : of_archive.error().message));
  return of_archive;
}

Status Follower::tell(const base::CancelFlag& cancel, Report& report) {
  MLA_ASSIGN(const std::int64_t claim, queue_.claim(archive_->name(), holder_, clock_->now(), claim_end()));
  report.complete = false;
  if (claim == 0) return {};
  auto step = Result<Step>(Step::kMore);
  while (step.ok() && *step == Step::kMore && !cancel.cancelled()) step = tell_batch(claim, report);
  report.complete = step.ok() && *step == Step::kNothingLeft;
  const Status released = queue_.release(claim);
  return step.ok() ? released : Status(step.error());
}

Result<Follower::Step> Follower::tell_batch(std::int64_t claim, Report& report) {
  MLA_ASSIGN(const catalog::ArchiveQueue::Batch batch, queue_.next(options_.batch_size));
  if (batch.empty()) return tell_analyses(claim, report);
  Status told;
  if (batch.erased) {
    told = archive_->erase_listener(*batch.erased);
  } else if (!batch.events.empty()) {
    told = archive_->put_events(batch.events);
  }
  if (!told.ok()) return note(told).error();
  reached_ = base::monotonic_seconds();
  MLA_ASSIGN(const bool counts, queue_.done(claim, batch, clock_->now(), claim_end()));
  if (!counts) return Step::kClaimLost;
  report.events += static_cast<std::int64_t>(batch.events.size());
  report.erased += batch.erased ? 1 : 0;
  return Step::kMore;
}

Result<Follower::Step> Follower::tell_analyses(std::int64_t claim, Report& report) {
  MLA_ASSIGN(const catalog::ArchiveQueue::State state, queue_.state());
  MLA_ASSIGN(const std::vector<FullAnalysis> analyses, analyses_.after(state.analyses, options_.batch_size));
  if (analyses.empty()) return Step::kNothingLeft;
  if (const Status told = archive_->put_analyses(analyses); !told.ok()) return note(told).error();
  reached_ = base::monotonic_seconds();
  MLA_ASSIGN(const bool counts, queue_.done(claim, analyses.back().number, clock_->now(), claim_end()));
  if (!counts) return Step::kClaimLost;
  report.analyses += static_cast<std::int64_t>(analyses.size());
  return Step::kMore;
}

}  // namespace mla::pipelines
