#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::pipelines {

// The tables of this room (docs/formats.md), brought up to date; kUnsupported for newer ones.
base::Status migrate(store::Connection& connection);

// Paths are blobs: a name on disk need not be UTF-8. The view is one of `text`.
std::span<const std::byte> bytes_of(const std::string& text);
std::string text_of(std::span<const std::byte> blob);

// Half-open range of the paths below `folder` (absolute, without a slash at its end; "" for all).
struct PathRange {
  std::string begin;
  std::string end;
};
PathRange paths_below(const std::string& folder);

}  // namespace mla::pipelines
