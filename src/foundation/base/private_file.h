#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "foundation/base/result.h"

namespace mla::base {

// The whole file, which holds a key: kPermission, with what to type, if others than its owner and its group can reach
// it; kTooLarge if it has more than `limit` bytes.
Result<std::string> read_private_file(const std::filesystem::path& path, std::uint64_t limit);

}  // namespace mla::base
