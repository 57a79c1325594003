#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"

namespace mla::analysis {

// Which bytes a line of the journal is about: the file as it was when it was analysed.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::filesystem::path& path);  // zeros if there is no such file

// An NDJSON file of analyses, one line a file, each written by one call as soon as it is known: whatever ends the
// process, at most the last line is torn, and the files in flight are not there (docs/formats.md).
class Journal {
 public:
  // Starts a new file, replacing one that is there; with `resume` goes on with it: a torn last line is cut off.
  // Errors: kIo, kPermission, …; kCorrupt with `resume` if a line is not one of ours (the file is left alone).
  static base::Result<Journal> open(const std::filesystem::path& path, bool resume);

  // True if `file` (as it is named in the line) was written with this stamp. `failed` says if it was an error.
  bool has(const std::string& file, const FileStamp& stamp, bool& failed) const;

  // Appends a line (without newline).
  base::Status write(std::string_view line);
  // Waits until all is on the disk.
  base::Status sync();

 private:
  struct Entry {
    FileStamp stamp;
    bool failed = false;
  };
  Journal(base::Descriptor descriptor, std::filesystem::path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  base::Status read_back();

  base::Descriptor descriptor_;
  std::filesystem::path path_;
  std::unordered_map<std::string, Entry> done_;
};

}  // namespace mla::analysis
