#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "foundation/base/result.h"

namespace mla::pipelines {

// Fields of a file by TagLib's names ("BPM", "INITIALKEY", …; https://taglib.org/api/p_propertymapping.html), with all
// values of each. A field without values is one that the file does not have.
using TagFields = std::map<std::string, std::vector<std::string>>;

// The values that a file has of `names`; each is in the answer. Errors: as read_tags, and kInvalidArgument for a format
// whose tags TagLib does not know.
base::Result<TagFields> read_fields(const std::filesystem::path& path, const std::vector<std::string>& names);

// Sets the fields to these values and leaves everything else as it is, the sound above all. A copy beside the file is
// changed, read again, compared, fsynced and renamed over it: a reader, a crash or a full disk sees the old file or the
// new one. Owner, mode and extended attributes are kept, the time of change too if `keep_time`. ID3v2.3 stays ID3v2.3.
// Thread-safe for different files.
// Errors: kNotFound, kPermission, kDiskFull, kIo; kInvalidArgument for links, files with several names, formats whose
// tags cannot be written; kBusy if somebody else changed the file meanwhile; kCorrupt if the copy is not what was asked
// for (the file is as it was).
base::Status write_fields(const std::filesystem::path& path, const TagFields& fields, bool keep_time);

}  // namespace mla::pipelines
