#include <cmath>
#include <limits>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/digest.h"
#include "foundation/artifact/impl/names.h"
#include "foundation/artifact/manifest.h"
#include "foundation/artifact/safetensors.h"

namespace mla::artifact {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

Error corrupt(const std::filesystem::path& folder, std::string_view what) {
  return {ErrorCode::kCorrupt, fmt::format("model '{}': {}; train again or restore it", folder.string(), what)};
}

Result<Manifest> read_manifest(const std::filesystem::path& folder) {
  const auto text = base::read_file(folder / kManifestName, kMaxHeaderBytes);
  if (!text.ok()) {
    if (text.error().code != ErrorCode::kNotFound) return text.error();
    return Error{ErrorCode::kNotFound,
                 fmt::format("'{}' is not a model: it has no {}", folder.string(), kManifestName)};
  }
  auto manifest = parse_manifest(*text);
  if (manifest.ok()) return manifest;
  if (manifest.error().code == ErrorCode::kCorrupt) return corrupt(folder, manifest.error().message);
  return base::with_context(std::move(manifest).error(), fmt::format("model '{}'", folder.string()));
}

}  // namespace

struct Reader::Contents {
  std::filesystem::path folder;
  Manifest manifest;
  base::MappedFile weights;
  std::map<std::string, TensorInfo> tensors;
};

Result<Reader> Reader::open(const std::filesystem::path& folder) {
  MLA_ASSIGN(Manifest manifest, read_manifest(folder));
  bool has_weights = false;
  for (const FileEntry& file : manifest.files) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(folder / file.name, error);
    if (error || size != file.size) {
      return corrupt(folder,
                     fmt::format("'{}' is missing or has not the {} bytes of the manifest", file.name, file.size));
    }
    has_weights |= file.name == kWeightsName;
  }
  if (!has_weights) return corrupt(folder, fmt::format("its manifest does not list {}", kWeightsName));
  MLA_ASSIGN(base::MappedFile weights, base::MappedFile::open(folder / kWeightsName));
  auto tensors = parse_safetensors(weights.bytes());
  if (!tensors.ok()) return corrupt(folder, tensors.error().message);
  Reader reader;
  reader.contents_ =
      std::make_shared<const Contents>(Contents{folder, std::move(manifest), std::move(weights), std::move(*tensors)});
  return reader;
}

Reader Reader::scope(std::string_view prefix) const {
  Reader scoped = *this;
  scoped.prefix_ += prefix;
  return scoped;
}

bool Reader::has(std::string_view name) const { return contents_->tensors.count(prefix_ + std::string(name)) != 0; }

Result<TensorInfo> Reader::find(std::string_view name, Dtype dtype) const {
  const auto found = contents_->tensors.find(prefix_ + std::string(name));
  if (found == contents_->tensors.end()) {
    return corrupt(contents_->folder, fmt::format("tensor '{}{}' is missing", prefix_, name));
  }
  if (found->second.dtype != dtype) {
    return corrupt(contents_->folder, fmt::format("tensor '{}{}' has another type than expected", prefix_, name));
  }
  return found->second;
}

namespace {

template <class T>
std::span<const T> as(const TensorInfo& info) {
  return {reinterpret_cast<const T*>(info.bytes.data()), info.bytes.size() / sizeof(T)};
}

}  // namespace

Result<std::span<const float>> Reader::floats(std::string_view name) const {
  MLA_ASSIGN(const TensorInfo info, find(name, Dtype::kF32));
  return as<float>(info);
}

Result<std::span<const std::int32_t>> Reader::int32s(std::string_view name) const {
  MLA_ASSIGN(const TensorInfo info, find(name, Dtype::kI32));
  return as<std::int32_t>(info);
}

Result<std::span<const std::int64_t>> Reader::int64s(std::string_view name) const {
  MLA_ASSIGN(const TensorInfo info, find(name, Dtype::kI64));
  return as<std::int64_t>(info);
}

Result<std::span<const std::uint8_t>> Reader::bytes(std::string_view name) const {
  MLA_ASSIGN(const TensorInfo info, find(name, Dtype::kU8));
  return as<std::uint8_t>(info);
}

Result<math::VectorsView> Reader::vectors(std::string_view name) const {
  const auto found = contents_->tensors.find(prefix_ + std::string(name));
  if (found == contents_->tensors.end() || found->second.dtype != Dtype::kF16) {
    MLA_ASSIGN(const math::ConstMatrixView floats, matrix(name));
    return math::VectorsView(floats);
  }
  const TensorInfo& info = found->second;
  if (info.shape.size() != 2 || info.shape[1] == 0) {
    return corrupt(contents_->folder, fmt::format("tensor '{}{}' is not a matrix", prefix_, name));
  }
  return math::VectorsView(as<std::uint16_t>(info), static_cast<std::size_t>(info.shape[1]));
}

Result<math::ConstMatrixView> Reader::matrix(std::string_view name) const {
  MLA_ASSIGN(const TensorInfo info, find(name, Dtype::kF32));
  if (info.shape.size() != 2) {
    return corrupt(contents_->folder, fmt::format("tensor '{}{}' is not a matrix", prefix_, name));
  }
  const auto rows = static_cast<std::size_t>(info.shape[0]);
  const auto cols = static_cast<std::size_t>(info.shape[1]);
  return math::ConstMatrixView{as<float>(info).data(), rows, cols, cols};
}

Result<math::CsrView> Reader::csr(std::string_view name) const {
  const std::string base(name);
  MLA_ASSIGN(const auto shape, int64s(base + ".shape"));
  MLA_ASSIGN(const auto offsets, int64s(base + ".offsets"));
  MLA_ASSIGN(const auto columns, int32s(base + ".columns"));
  MLA_ASSIGN(const auto values, floats(base + ".values"));
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  bool good = shape.size() == 2 && shape[0] >= 0 && shape[0] < kMax && shape[1] >= 0 && shape[1] <= kMax &&
              offsets.size() == static_cast<std::size_t>(shape[0]) + 1 && offsets.front() == 0 &&
              offsets.back() == static_cast<std::int64_t>(columns.size()) && values.size() == columns.size();
  for (std::size_t i = 1; good && i < offsets.size(); ++i) good = offsets[i - 1] <= offsets[i];
  for (std::size_t i = 1; good && i < offsets.size(); ++i) {
    std::int64_t previous = -1;
    for (auto at = static_cast<std::size_t>(offsets[i - 1]); good && at < static_cast<std::size_t>(offsets[i]); ++at) {
      good = columns[at] > previous && columns[at] < shape[1];
      previous = columns[at];
    }
  }
  if (!good) return corrupt(contents_->folder, fmt::format("'{}{}' is not a valid sparse matrix", prefix_, name));
  return math::CsrView{static_cast<std::int32_t>(shape[0]), static_cast<std::int32_t>(shape[1]), offsets, columns,
                       values};
}

Result<TextsView> Reader::texts(std::string_view name) const {
  const std::string base(name);
  MLA_ASSIGN(const auto offsets, int64s(base + ".offsets"));
  MLA_ASSIGN(const auto characters, bytes(base + ".bytes"));
  bool good =
      !offsets.empty() && offsets.front() == 0 && offsets.back() == static_cast<std::int64_t>(characters.size());
  for (std::size_t i = 1; good && i < offsets.size(); ++i) good = offsets[i - 1] <= offsets[i];
  if (!good) return corrupt(contents_->folder, fmt::format("'{}{}' is not a valid list of texts", prefix_, name));
  return TextsView{offsets, characters};
}

Result<json::value> Reader::attribute(std::string_view name) const {
  const json::value* attributes = contents_->manifest.values.if_contains("attributes");
  const json::value* found = attributes != nullptr && attributes->is_object()
                                 ? attributes->get_object().if_contains(prefix_ + std::string(name))
                                 : nullptr;
  if (found == nullptr) {
    return corrupt(contents_->folder, fmt::format("attribute '{}{}' is missing", prefix_, name));
  }
  return *found;
}

const json::object& Reader::manifest() const { return contents_->manifest.values; }

Status Reader::verify() const {
  for (const FileEntry& file : contents_->manifest.files) {
    MLA_ASSIGN(const base::MappedFile mapped, base::MappedFile::open(contents_->folder / file.name));
    if (mapped.bytes().size() != file.size || sha256(mapped.bytes()) != file.sha256) {
      return corrupt(contents_->folder,
                     fmt::format("'{}' is not the file that was published (size or SHA-256)", file.name));
    }
  }
  for (const auto& [name, info] : contents_->tensors) {
    if (!info.finite()) return corrupt(contents_->folder, fmt::format("tensor '{}' holds NaN or infinity", name));
  }
  return {};
}

}  // namespace mla::artifact
