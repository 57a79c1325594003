#include <chrono>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/importers.h"
#include "apps/ml-analytics/library_analysis.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "knowledge/catalog/import/importer.h"
#include "knowledge/catalog/matching/matches.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using std::chrono_literals::operator""ms;

constexpr auto kWatchPause = 5000ms;

json::object counts(const catalog::WriteCounts& written) {
  return {{"added", written.added}, {"updated", written.updated}, {"unchanged", written.unchanged}};
}

std::string to_json(const std::string& path, const catalog::Importer& importer, const catalog::ImportReport& report) {
  return base::to_json_text(json::object{{"path", path},
                                         {"kind", importer.name()},
                                         {"items", counts(report.items)},
                                         {"events", counts(report.events)},
                                         {"friends", report.friends},
                                         {"rejected", report.rejected},
                                         {"rejects_file", report.rejects_file.string()},
                                         {"notes", json::array(report.notes.begin(), report.notes.end())}});
}

base::Result<const catalog::Importer*> importer_for(const std::string& kind, const std::string& path) {
  return kind == "auto" ? catalog::detect_kind(path, all_importers()) : catalog::find_importer(kind, all_importers());
}

void say(const ImportOptions& options, const std::string& path, const catalog::Importer& importer,
         const catalog::ImportReport& report) {
  if (options.json) {
    fmt::print("{}\n", to_json(path, importer, report));
  } else {
    for (const std::string& note : report.notes) fmt::print("note: {}\n", note);
    fmt::print("{}: {}\n", path.empty() ? importer.name() : path, catalog::summary(report));
  }
  std::fflush(stdout);
}

int import_one(const ImportOptions& options, const std::string& path, const catalog::ImportOptions& how,
               catalog::Catalog& catalog, base::Work& work) {
  const auto importer = importer_for(options.kind, path);
  if (!importer.ok()) return fail(importer.error());
  const auto report = catalog::import_path(**importer, path, how, catalog, work);
  work.progress.end();
  if (!report.ok()) return fail(report.error());
  say(options, path, **importer, *report);
  return kDone;
}

// What was heard and what is owned may both be new: joins them, and says how far that went.
int match(const ImportOptions& options, catalog::Catalog& catalog, base::Work& work) {
  const auto report = catalog::match_history(catalog, work);
  work.progress.end();
  if (!report.ok()) return fail(report.error());
  if (report->heard == 0 || options.json) return kDone;
  fmt::print("{}{}\n", catalog::summary(*report),
             report->matched < report->heard ? " (ml-analytics matches unmatched)" : "");
  return kDone;
}

// What a scan found since the one before, once something did; until Ctrl-C. Scans again rather than asking the kernel:
// that also sees what other machines do to a shared folder, and an unchanged folder costs milliseconds.
int watch(const ImportOptions& options, const catalog::ImportOptions& how, Program& program, base::Work& work) {
  catalog::Catalog& catalog = program.engine().catalog();
  const auto importer = catalog::find_importer("music-folder", all_importers()).value();
  for (;;) {
    for (auto slept = 0ms; slept < kWatchPause; slept += 100ms) {
      if (stop_flag().cancelled()) return kDone;
      std::this_thread::sleep_for(100ms);
    }
    for (const std::string& path : options.paths) {
      const auto report = catalog::import_path(*importer, path, how, catalog, work);
      if (!report.ok()) {
        if (stop_flag().cancelled()) return kDone;
        fail(report.error());  // a disk that is not there now may come back
      } else if (report->items.added + report->items.updated > 0) {
        say(options, path, *importer, *report);
        match(options, catalog, work);
        if (options.analyze) analyse_folder(path, options.json, program, work);
      }
    }
  }
}

}  // namespace

int run(const ImportOptions& options) {
  if (options.watch && (options.kind != "music-folder" || options.paths.empty()))
    return refuse({base::ErrorCode::kInvalidArgument, "--watch is for folders: import music-folder DIR --watch"});
  if (options.analyze && options.kind != "music-folder")
    return refuse({base::ErrorCode::kInvalidArgument, "--analyze is for folders: import music-folder DIR --analyze"});
  if (options.kind != "auto") {
    if (const auto known = catalog::find_importer(options.kind, all_importers()); !known.ok())
      return refuse(known.error());
  }
  std::vector<std::string> paths = options.paths;
  if (options.kind == "demo" && paths.empty()) paths.emplace_back();
  if (paths.empty()) {
    return refuse({base::ErrorCode::kInvalidArgument, fmt::format("import {} needs a PATH", options.kind)});
  }
  catalog::ImportOptions how;
  how.rejects_folder = options.rejects_folder;
  const auto columns = catalog::parse_mapping(options.columns);
  if (!columns.ok()) return refuse(columns.error());
  how.columns = *columns;
  how.user = options.user;
  how.merge_accounts = options.merge_accounts;

  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  base::ThreadPool pool((*program)->settings().performance.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  int worst = kDone;  // the other paths are still read
  std::vector<std::string> imported;
  for (const std::string& path : paths) {
    if (stop_flag().cancelled()) return kWorkFailed;
    const int result = import_one(options, path, how, (*program)->engine().catalog(), work);
    worst = std::max(worst, result);
    if (result == kDone) imported.push_back(path);
  }
  if (!imported.empty()) worst = std::max(worst, match(options, (*program)->engine().catalog(), work));
  if (options.analyze) {
    for (const std::string& path : imported)
      worst = std::max(worst, analyse_folder(path, options.json, **program, work));
  }
  return options.watch ? std::max(worst, watch(options, how, **program, work)) : worst;
}

}  // namespace mla::apps
