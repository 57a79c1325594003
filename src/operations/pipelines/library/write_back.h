#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "operations/pipelines/library/tag_writer.h"

// Writing into files what was heard in them, so that it can be taken back.
namespace mla::pipelines {

struct FileToTag {
  std::filesystem::path path;
  TagFields fields;
};

struct WriteBackOptions {
  bool dry_run = false;    // nothing is written, no undo file is made
  bool overwrite = false;  // also fields in which the file says something else
  bool keep_time = false;
};

enum class TagOutcome { kChanged, kNothingToDo, kFailed };

// What became of one file.
struct TaggedFile {
  std::filesystem::path path;
  TagOutcome outcome = TagOutcome::kNothingToDo;
  TagFields before;     // of the fields that change
  TagFields after;      // the same fields
  TagFields left;       // what the file says itself, or has said since, and keeps
  std::string problem;  // why it failed
};

struct WriteBackReport {
  std::size_t changed = 0;
  std::size_t nothing_to_do = 0;
  std::size_t failed = 0;
};

using TaggedFileVisitor = std::function<void(const TaggedFile&)>;

// Writes the fields, file after file: those that a file lacks, with `overwrite` all. Before a file is touched, what it
// said and what it will say stands durably in `undo_file` (docs/formats.md), which is made anew and removed again if
// there was nothing to change. A file that cannot be written is counted, the others are still done. Stops between two
// files when cancelled; run again, it goes on. Errors: kAlreadyExists for an undo file that is there; kIo, kDiskFull,
// kPermission of the undo file; kCancelled.
base::Result<WriteBackReport> write_back(std::span<const FileToTag> files, const WriteBackOptions& options,
                                         const std::filesystem::path& undo_file, base::Work& work,
                                         const TaggedFileVisitor& visit);

// Puts back what the files said before, the last change first. A field that says something else by now is left.
// A last line that a crash tore is passed over: its file was not touched yet. Of the options `overwrite` has no
// meaning. Errors: kNotFound, kIo; kCorrupt for a file that is no undo file, before anything is written; kCancelled.
base::Result<WriteBackReport> undo_write_back(const std::filesystem::path& undo_file, const WriteBackOptions& options,
                                              base::Work& work, const TaggedFileVisitor& visit);

}  // namespace mla::pipelines
