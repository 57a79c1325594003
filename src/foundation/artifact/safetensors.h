#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"

// The safetensors file layout (github.com/huggingface/safetensors, format 0.3): 8 bytes header length (little endian),
// a JSON header, then the tensors without holes. We accept the types that we write: F32, F16, I32, I64, U8.
namespace mla::artifact {

inline constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 20;

// The tensors of a file in memory; `bytes` of each point into `file`. Hostile input gives kCorrupt: lengths, shapes
// (overflow too), overlaps, holes, alignment and unknown types are checked before anything is trusted.
base::Result<std::map<std::string, TensorInfo>> parse_safetensors(std::span<const std::byte> file);

// Header bytes (length prefix included) for `tensors`, and the order in which their bytes must follow.
struct SafetensorsLayout {
  std::string header;
  std::vector<std::string> order;
};
SafetensorsLayout layout_safetensors(const std::map<std::string, TensorInfo>& tensors);

std::size_t element_size(Dtype dtype);

}  // namespace mla::artifact
