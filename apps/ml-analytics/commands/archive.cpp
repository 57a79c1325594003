#include "apps/ml-analytics/archive.h"

#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "knowledge/catalog/archive_queue.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/library/audio_payload.h"
#include "operations/pipelines/library/library_files.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;
using catalog::ArchiveQueue;
using pipelines::Analyses;
using pipelines::FullAnalysis;

constexpr std::size_t kPage = 100;

void print_line(const json::object& object) { fmt::print("{}\n", base::to_json_text(object)); }

// Its JSON goes out as it is kept.
void print_whole(const FullAnalysis& one) {
  fmt::print("{{\"payload\":\"{}\",\"recorded\":\"{}\",\"analysis\":{}}}\n", one.payload,
             base::format_time(one.recorded), one.json);
}

// Calls `visit` for each, at most `most`.
template <class Visit>
base::Status for_each(const Analyses& analyses, std::size_t most, const Visit& visit) {
  std::int64_t number = 0;
  while (most > 0) {
    MLA_ASSIGN(const std::vector<FullAnalysis> page, analyses.after(number, std::min(most, kPage)));
    if (page.empty()) return {};
    for (const FullAnalysis& one : page) visit(one);
    number = page.back().number;
    most -= page.size();
  }
  return {};
}

int list(const ArchiveOptions& options, const Analyses& analyses) {
  const auto print = [&](const FullAnalysis& one) {
    if (options.json) {
      print_line({{"payload", one.payload}, {"recorded", base::format_time(one.recorded)}});
    } else {
      fmt::print("{}  {}\n", one.payload, base::format_time(one.recorded));
    }
  };
  const base::Status done = for_each(analyses, static_cast<std::size_t>(options.limit), print);
  return done.ok() ? kDone : fail(done.error());
}

int export_all(const Analyses& analyses) {
  const base::Status done = for_each(analyses, static_cast<std::size_t>(-1), print_whole);
  return done.ok() ? kDone : fail(done.error());
}

// A file that is there, else a track of the library, else the words themselves.
Result<std::string> payload_of(const std::string& sound, engine::Engine& engine) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(sound, ignored)) return pipelines::payload_digest(sound);
  MLA_ASSIGN(const auto id, engine.catalog().resolve(sound));
  if (!id) return sound;
  MLA_ASSIGN(const pipelines::LibraryFiles files, pipelines::LibraryFiles::open(engine.catalog().database()));
  MLA_ASSIGN(const auto file, files.find(*id));
  return file ? file->payload : sound;
}

Result<FullAnalysis> find(const std::string& sound, engine::Engine& engine, const Analyses& analyses) {
  MLA_ASSIGN(const std::string payload, payload_of(sound, engine));
  MLA_ASSIGN(std::optional<FullAnalysis> found, analyses.find(payload));
  if (found) return *std::move(found);
  return Error{ErrorCode::kNotFound,
               fmt::format("no full analysis of '{}' is kept: ml-analytics import music-folder DIR --analyze, or POST "
                           "/ml-analytics/audio/analyze, makes one (ml-analytics archive list)",
                           sound)};
}

int get(const ArchiveOptions& options, engine::Engine& engine, const Analyses& analyses) {
  const auto found = find(options.sound, engine, analyses);
  if (!found.ok()) return fail(found.error());
  print_whole(*found);
  return kDone;
}

struct Status {
  Analyses::Totals kept;
  std::string archive;  // empty: no MONGODB_URL, and none follows
  bool follows = false;
  ArchiveQueue::Waiting waiting;
  std::int64_t analyses_waiting = 0;
  base::UnixMillis heard = 0;
  std::optional<pipelines::Archive::Counts> there;
  std::string problem;
};

Result<Status> look(const ArchiveQueue& queue, const Analyses& analyses, pipelines::Archive* archive) {
  Status status;
  MLA_ASSIGN(status.kept, analyses.totals());
  MLA_ASSIGN(const ArchiveQueue::State state, queue.state());
  status.archive = archive != nullptr ? archive->name() : state.following ? state.target : "";
  status.follows = state.following && state.target == status.archive;
  MLA_ASSIGN(status.waiting, queue.waiting());
  if (status.follows) {
    status.heard = state.heard;
    MLA_ASSIGN(status.analyses_waiting, analyses.count_after(state.analyses));
  }
  if (archive != nullptr) {
    auto counts = archive->counts();
    if (counts.ok()) {
      status.there = *counts;
    } else {
      status.problem = counts.error().message;
    }
  }
  return status;
}

json::value when(base::UnixMillis time) { return time > 0 ? json::value(base::format_time(time)) : json::value(); }

void print_json(const Status& status) {
  json::object object{{"analyses", status.kept.count}, {"analyses_bytes", status.kept.bytes}, {"archive", nullptr}};
  if (!status.archive.empty()) {
    object["archive"] = json::object{{"name", status.archive},
                                     {"follows", status.follows},
                                     {"acknowledged", when(status.heard)},
                                     {"waiting",
                                      {{"histories", status.waiting.histories},
                                       {"erasures", status.waiting.erasures},
                                       {"analyses", status.analyses_waiting}}},
                                     {"events", status.there ? json::value(status.there->events) : json::value()},
                                     {"analyses", status.there ? json::value(status.there->analyses) : json::value()},
                                     {"problem", status.problem.empty() ? json::value() : json::value(status.problem)}};
  }
  print_line(object);
}

void print_text(const Status& status) {
  fmt::print("full analyses  {} in the database, {} bytes\n", status.kept.count, status.kept.bytes);
  if (status.archive.empty()) return fmt::print("archive        none beside the database (MONGODB_URL)\n");
  fmt::print("archive        {}{}\n", status.archive,
             status.follows ? "" : ", which does not follow yet: a server tells it, or ml-analytics archive run");
  if (status.there) {
    fmt::print("there          {} events, {} analyses\n", status.there->events, status.there->analyses);
  }
  fmt::print("waiting        {} parts of histories, {} erasures, {} analyses\n", status.waiting.histories,
             status.waiting.erasures, status.analyses_waiting);
  if (status.heard > 0) fmt::print("acknowledged   {}\n", base::format_time(status.heard));
}

int show_status(const ArchiveOptions& options, const ArchiveQueue& queue, const Analyses& analyses,
                pipelines::Archive* archive) {
  const auto status = look(queue, analyses, archive);
  if (!status.ok()) return fail(status.error());
  if (options.json) {
    print_json(*status);
  } else {
    print_text(*status);
  }
  return status->problem.empty() ? kDone : fail({ErrorCode::kBusy, status->problem});
}

int tell(const ArchiveOptions& options, const config::Settings& settings, engine::Engine& engine,
         pipelines::Archive* archive) {
  if (archive == nullptr) {
    return refuse({ErrorCode::kInvalidArgument, "there is no archive to tell: set MONGODB_URL (docs/archive.md)"});
  }
  auto follower =
      pipelines::Follower::open(engine.catalog().database(), *archive, engine.clock(), follower_options(settings));
  if (!follower.ok()) return fail(follower.error());
  pipelines::Follower::Report report;
  const base::Status told = follower->run(stop_flag(), report);
  if (options.json) {
    print_line({{"events", report.events},
                {"analyses", report.analyses},
                {"erased", report.erased},
                {"complete", told.ok() && report.complete}});
  } else {
    fmt::print("{}: told {} events, {} analyses, {} erasures\n", archive->name(), report.events, report.analyses,
               report.erased);
  }
  if (!told.ok()) return fail(told.error());
  if (report.complete) return kDone;
  return fail({ErrorCode::kBusy, stop_flag().cancelled() ? "stopped; the same command goes on with the rest"
                                                         : "a server, or one that was, is at it: it goes on there, or "
                                                           "give the command again in a minute"});
}

int stop(ArchiveQueue& queue) {
  const auto stopped = queue.stop();
  if (!stopped.ok()) return fail(stopped.error());
  fmt::print("{}\n", *stopped ? "no archive follows any more; what it holds stays there, also of listeners who are "
                                "erased from now on, until it follows again"
                              : "no archive followed");
  return kDone;
}

}  // namespace

int run(const ArchiveOptions& options) {
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  engine::Engine& engine = (*program)->engine();
  store::Database& database = engine.catalog().database();
  const auto analyses = Analyses::open(database);
  if (!analyses.ok()) return fail(analyses.error());
  const auto archive = open_archive((*program)->settings());
  if (!archive.ok()) return fail(archive.error());
  ArchiveQueue queue(database);
  switch (options.action) {
    case ArchiveAction::kStatus:
      return show_status(options, queue, *analyses, archive->get());
    case ArchiveAction::kRun:
      return tell(options, (*program)->settings(), engine, archive->get());
    case ArchiveAction::kStop:
      return stop(queue);
    case ArchiveAction::kList:
      return list(options, *analyses);
    case ArchiveAction::kGet:
      return get(options, engine, *analyses);
    case ArchiveAction::kExport:
      return export_all(*analyses);
  }
  return kWordsAreOff;
}

}  // namespace mla::apps
