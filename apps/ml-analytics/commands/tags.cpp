#include <chrono>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "operations/pipelines/library/heard_tags.h"
#include "operations/pipelines/library/write_back.h"

namespace mla::apps {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using pipelines::TaggedFile;
using pipelines::TagOutcome;

std::string shown(const std::vector<std::string>& values) {
  return values.empty() ? "nothing" : fmt::format("{}", fmt::join(values, "; "));
}

json::object to_json(const pipelines::TagFields& fields) {
  json::object object;
  for (const auto& [name, values] : fields) object[name] = json::array(values.begin(), values.end());
  return object;
}

std::string_view word(TagOutcome outcome) {
  switch (outcome) {
    case TagOutcome::kChanged:
      return "changed";
    case TagOutcome::kNothingToDo:
      return "unchanged";
    case TagOutcome::kFailed:
      return "failed";
  }
  return "";
}

void print(const TaggedFile& file, bool as_json) {
  if (as_json) {
    json::object line{{"file", file.path.native()}, {"outcome", word(file.outcome)}};
    if (file.outcome == TagOutcome::kFailed) line["problem"] = file.problem;
    if (!file.after.empty()) {
      line["before"] = to_json(file.before);
      line["after"] = to_json(file.after);
    }
    if (!file.left.empty()) line["left"] = to_json(file.left);
    fmt::print("{}\n", base::to_json_text(line));
    return;
  }
  if (file.outcome == TagOutcome::kFailed) {
    fmt::print(stderr, "ml-analytics: {}\n", file.problem);
    return;
  }
  if (file.after.empty()) return;
  fmt::print("{}\n", file.path.native());
  for (const auto& [name, values] : file.after)
    fmt::print("  {:<10} {} -> {}\n", name, shown(file.before.at(name)), shown(values));
  for (const auto& [name, values] : file.left) fmt::print("  {:<10} {} is left\n", name, shown(values));
}

// Folders as the library knows them; {""} for all of it.
base::Result<std::vector<std::string>> folders(const std::vector<std::string>& paths) {
  if (paths.empty()) return std::vector<std::string>{""};
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::path folder = fs::canonical(path, error);
    if (error) return base::Error{base::ErrorCode::kNotFound, fmt::format("'{}' does not exist", path)};
    all.push_back(folder.native());
  }
  return all;
}

base::Result<std::vector<pipelines::FileToTag>> wanted(const TagsOptions& options, store::Database& database) {
  MLA_ASSIGN(const pipelines::LibraryFiles files, pipelines::LibraryFiles::open(database));
  MLA_ASSIGN(const pipelines::LibrarySounds sounds, pipelines::LibrarySounds::open(database));
  pipelines::HeardTagOptions heard;
  if (!options.fields.empty()) heard.fields = {options.fields.begin(), options.fields.end()};
  heard.min_confidence = options.min_confidence;
  MLA_ASSIGN(const std::vector<std::string> below, folders(options.paths));
  std::vector<pipelines::FileToTag> all;
  for (const std::string& folder : below) {
    MLA_ASSIGN(std::vector<pipelines::FileToTag> found, pipelines::files_to_tag(files, sounds, folder, heard));
    all.insert(all.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  if (all.empty()) {
    return base::Error{base::ErrorCode::kNotFound,
                       "nothing was heard in these files that could be written: analyse them first, with "
                       "`ml-analytics import music-folder DIR --analyze`"};
  }
  return all;
}

int finish(const base::Result<pipelines::WriteBackReport>& report, const TagsOptions& options,
           const fs::path& undo_file) {
  if (!report.ok()) {
    if (options.action == TagsAction::kWrite && fs::exists(undo_file))
      fmt::print(stderr, "take back what was done: ml-analytics tags undo '{}'\n", undo_file.native());
    return fail(report.error());
  }
  if (!options.json) {
    fmt::print("{} files {}, {} have nothing to change, {} failed\n", report->changed,
               options.dry_run ? "would change" : "changed", report->nothing_to_do, report->failed);
    if (options.action == TagsAction::kWrite && !options.dry_run && report->changed > 0)
      fmt::print("take it back: ml-analytics tags undo '{}'\n", undo_file.native());
  }
  return report->failed > 0 ? kWorkFailed : kDone;
}

}  // namespace

int run(const TagsOptions& options) {
  const auto progress = base::make_terminal_progress();
  base::ThreadPool pool(1);
  base::Work work{pool, *progress, stop_flag()};
  const pipelines::WriteBackOptions how{
      .dry_run = options.dry_run, .overwrite = options.overwrite, .keep_time = options.keep_time};
  const auto visit = [&](const TaggedFile& file) { print(file, options.json); };
  if (options.action == TagsAction::kUndo) {
    const auto report = pipelines::undo_write_back(options.undo_file, how, work, visit);
    progress->end();
    return finish(report, options, options.undo_file);
  }
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  const auto files = wanted(options, (*program)->engine().catalog().database());
  if (!files.ok()) return fail(files.error());
  fs::path undo_file = options.undo_file;
  if (undo_file.empty()) {
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    undo_file = fmt::format("tags-undo-{:%Y%m%d-%H%M%S}.ndjson", now);
  }
  undo_file = fs::absolute(undo_file);
  const auto report = pipelines::write_back(*files, how, undo_file, work, visit);
  progress->end();
  return finish(report, options, undo_file);
}

}  // namespace mla::apps
