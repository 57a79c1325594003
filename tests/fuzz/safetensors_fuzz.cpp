// Hostile model files: what is accepted lies inside the file, without overlap, and survives being written again.
// rooms: artifact
#include <cstdlib>
#include <cstring>
#include <vector>

#include "foundation/artifact/safetensors.h"

namespace {

using mla::artifact::TensorInfo;
using Tensors = std::map<std::string, TensorInfo>;

void require(bool condition) {
  if (!condition) std::abort();
}

std::size_t expected_bytes(const TensorInfo& tensor) {
  std::size_t bytes = mla::artifact::element_size(tensor.dtype);
  for (const std::int64_t extent : tensor.shape) {
    require(extent >= 0);
    require(!__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes));
  }
  return bytes;
}

std::vector<std::byte> write(const Tensors& tensors) {
  const mla::artifact::SafetensorsLayout layout = mla::artifact::layout_safetensors(tensors);
  std::vector<std::byte> file(layout.header.size());
  std::memcpy(file.data(), layout.header.data(), layout.header.size());
  for (const std::string& name : layout.order) {
    const std::span<const std::byte> bytes = tensors.at(name).bytes;
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  const auto tensors = mla::artifact::parse_safetensors(file);
  if (!tensors.ok()) return 0;

  std::size_t total = 0;
  for (const auto& [name, tensor] : *tensors) {
    require(tensor.bytes.size() == expected_bytes(tensor));
    if (!tensor.bytes.empty()) {
      require(tensor.bytes.data() >= file.data() && tensor.bytes.data() + tensor.bytes.size() <= file.data() + size);
    }
    total += tensor.bytes.size();
  }
  require(total <= size);  // no two of them share bytes

  const std::vector<std::byte> again = write(*tensors);
  const auto copies = mla::artifact::parse_safetensors(again);
  require(copies.ok() && copies->size() == tensors->size());
  for (const auto& [name, tensor] : *tensors) {
    const TensorInfo& copy = copies->at(name);
    require(copy.dtype == tensor.dtype && copy.shape == tensor.shape);
    require(std::equal(copy.bytes.begin(), copy.bytes.end(), tensor.bytes.begin(), tensor.bytes.end()));
  }
  return 0;
}
