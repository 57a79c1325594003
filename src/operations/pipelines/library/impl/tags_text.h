#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "operations/pipelines/library/file_tags.h"

namespace mla::pipelines {

// FileTags as the JSON object that the database holds and `library --json` shows; what a file does not say is left out.
std::string encode_tags(const FileTags& tags);

// kCorrupt for text that encode_tags did not write.
base::Result<FileTags> decode_tags(std::string_view text);

}  // namespace mla::pipelines
