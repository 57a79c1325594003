#include "operations/pipelines/library/write_back.h"

#include <optional>
#include <system_error>

#include "operations/pipelines/library/impl/undo_file.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_of(const TagFields& fields) {
  std::vector<std::string> names;
  for (const auto& [name, values] : fields) names.push_back(name);
  return names;
}

TaggedFile failed(const fs::path& path, const base::Error& error) {
  TaggedFile file;
  file.path = path;
  file.outcome = TagOutcome::kFailed;
  file.problem = error.message;
  return file;
}

void count(const TaggedFile& file, WriteBackReport& report) {
  report.changed += file.outcome == TagOutcome::kChanged ? 1 : 0;
  report.nothing_to_do += file.outcome == TagOutcome::kNothingToDo ? 1 : 0;
  report.failed += file.outcome == TagOutcome::kFailed ? 1 : 0;
}

// What has to change in a file so that it says `wanted`.
TaggedFile plan(const FileToTag& wanted, bool overwrite) {
  const auto now = read_fields(wanted.path, names_of(wanted.fields));
  if (!now.ok()) return failed(wanted.path, now.error());
  TaggedFile file;
  file.path = wanted.path;
  for (const auto& [name, values] : wanted.fields) {
    const std::vector<std::string>& said = now->at(name);
    if (said == values) continue;
    if (!said.empty() && !overwrite) {
      file.left[name] = said;
      continue;
    }
    file.before[name] = said;
    file.after[name] = values;
  }
  if (!file.after.empty()) file.outcome = TagOutcome::kChanged;
  return file;
}

// The same for taking `change` back.
TaggedFile plan_undo(const TagChange& change) {
  const auto now = read_fields(change.path, names_of(change.after));
  if (!now.ok()) return failed(change.path, now.error());
  TaggedFile file;
  file.path = change.path;
  for (const auto& [name, written] : change.after) {
    const std::vector<std::string>& said = now->at(name);
    const auto before = change.before.find(name);
    if (before == change.before.end() || said == before->second) continue;
    if (said != written) {
      file.left[name] = said;
      continue;
    }
    file.before[name] = said;
    file.after[name] = before->second;
  }
  if (!file.after.empty()) file.outcome = TagOutcome::kChanged;
  return file;
}

void write(TaggedFile& file, bool keep_time) {
  const base::Status written = write_fields(file.path, file.after, keep_time);
  if (!written.ok()) file = failed(file.path, written.error());
}

}  // namespace

base::Result<WriteBackReport> write_back(std::span<const FileToTag> files, const WriteBackOptions& options,
                                         const fs::path& undo_file, base::Work& work, const TaggedFileVisitor& visit) {
  std::optional<UndoFile> undo;
  if (!options.dry_run) {
    MLA_ASSIGN(UndoFile made, UndoFile::create(undo_file));
    undo.emplace(std::move(made));
  }
  WriteBackReport report;
  bool noted = false;
  work.progress.begin("write tags", files.size());
  base::Status status;
  for (const FileToTag& wanted : files) {
    status = work.check();
    if (!status.ok()) break;
    TaggedFile file = plan(wanted, options.overwrite);
    if (undo && file.outcome == TagOutcome::kChanged) {
      noted = true;
      status = undo->add({file.path, file.before, file.after});
      if (!status.ok()) break;
      write(file, options.keep_time);
    }
    count(file, report);
    visit(file);
    work.progress.advance(1);
  }
  if (undo && !noted) {
    std::error_code ignored;
    fs::remove(undo_file, ignored);
  }
  if (!status.ok()) return status.error();
  return report;
}

base::Result<WriteBackReport> undo_write_back(const fs::path& undo_file, const WriteBackOptions& options,
                                              base::Work& work, const TaggedFileVisitor& visit) {
  MLA_ASSIGN(const std::vector<TagChange> changes, UndoFile::read(undo_file));
  WriteBackReport report;
  work.progress.begin("undo tags", changes.size());
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    MLA_CHECK(work.check());
    TaggedFile file = plan_undo(*change);
    if (!options.dry_run && file.outcome == TagOutcome::kChanged) write(file, options.keep_time);
    count(file, report);
    visit(file);
    work.progress.advance(1);
  }
  return report;
}

}  // namespace mla::pipelines
