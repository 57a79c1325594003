#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/clock.h"
#include "foundation/base/file.h"
#include "foundation/base/result.h"
#include "foundation/math/csr.h"
#include "foundation/math/matrix.h"
#include "foundation/math/vectors_view.h"

// Models on disk: <model path>/<id>/<version>/ with manifest.json and model.safetensors (docs/formats.md).
namespace mla::artifact {

enum class Dtype : std::uint8_t { kF32, kF16, kI32, kI64, kU8 };

struct TensorInfo {
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  // False if it holds NaN or infinity.
  bool finite() const;
};

// Collects named tensors and attributes, then `publish` writes them. Copies nothing: what was added must outlive it.
class Writer {
 public:
  Writer() : contents_(std::make_shared<Contents>()) {}

  // The same model, with `prefix` before every name: the parts of a hybrid do not see each other's names.
  Writer scope(std::string_view prefix) const;

  void add(std::string_view name, std::span<const float> values, std::vector<std::int64_t> shape);
  void add(std::string_view name, std::span<const std::int32_t> values);
  void add(std::string_view name, std::span<const std::int64_t> values);
  void add(std::string_view name, std::span<const std::uint8_t> bytes);
  void add(std::string_view name, math::ConstMatrixView matrix);              // REQUIRES: stride == cols
  void add_vectors(std::string_view name, const math::VectorsView& vectors);  // as they are; REQUIRES: stride == cols
  void add(std::string_view name, const math::CsrView& matrix);               // three tensors and the column count
  void add(std::string_view name, std::span<const std::string> texts);        // bytes and offsets, copied
  // Small values (parameters, names); they go into the manifest.
  void set(std::string_view name, boost::json::value value);

  const std::map<std::string, TensorInfo>& tensors() const { return contents_->tensors; }
  const boost::json::object& attributes() const { return contents_->attributes; }

 private:
  struct Contents {
    std::map<std::string, TensorInfo> tensors;
    boost::json::object attributes;
    std::vector<std::shared_ptr<void>> owned;
  };
  std::shared_ptr<Contents> contents_;
  std::string prefix_;
};

// Many strings in mapped memory.
struct TextsView {
  std::span<const std::int64_t> offsets;  // size() + 1
  std::span<const std::uint8_t> bytes;

  std::size_t size() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return {reinterpret_cast<const char*>(bytes.data()) + offsets[i],
            static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
  }
};

// An opened model. Copies share one mapping; views stay valid while any copy lives. Thread-safe.
class Reader {
 public:
  // Checks the manifest, file sizes and tensor headers; hashes are checked by `verify`.
  static base::Result<Reader> open(const std::filesystem::path& folder);

  Reader scope(std::string_view prefix) const;

  bool has(std::string_view name) const;
  // kCorrupt if the tensor is missing, or has another type or rank; CSR structure and text offsets are checked.
  base::Result<std::span<const float>> floats(std::string_view name) const;
  base::Result<std::span<const std::int32_t>> int32s(std::string_view name) const;
  base::Result<std::span<const std::int64_t>> int64s(std::string_view name) const;
  base::Result<std::span<const std::uint8_t>> bytes(std::string_view name) const;
  base::Result<math::ConstMatrixView> matrix(std::string_view name) const;
  // A matrix of F32 or F16.
  base::Result<math::VectorsView> vectors(std::string_view name) const;
  base::Result<math::CsrView> csr(std::string_view name) const;
  base::Result<TextsView> texts(std::string_view name) const;
  base::Result<boost::json::value> attribute(std::string_view name) const;

  const boost::json::object& manifest() const;
  // Re-reads every file: sizes, SHA-256, no NaN or infinity in float tensors.
  base::Status verify() const;

 private:
  struct Contents;
  std::shared_ptr<const Contents> contents_;
  std::string prefix_;
  base::Result<TensorInfo> find(std::string_view name, Dtype dtype) const;
};

struct Published {
  std::string id;
  int version;
  std::filesystem::path folder;
};

// What the caller states about a model, its lineage with it; hashes, sizes and the schema version are added.
struct Description {
  std::string id;          // folder name: letters, digits, '-', '_', '.'
  std::string model_type;  // recommendation, audio, text
  boost::json::object parameters;
  boost::json::object metrics;
  std::string data_fingerprint;
  base::UnixMillis created = 0;
  base::UnixMillis data_until = 0;  // time of the newest event that it learnt from; 0 = unknown
  std::string code_version = {};    // of the program
  int parent = 0;                   // version that was served when it was trained; 0: none
  bool continued = false;           // it went on from the parent's weights
  std::string job = {};             // background job that it is the work of; empty: none
};

// Writes the next version below `model_path`, all or nothing: temporary folder, fsync, rename.
// Refuses NaN and infinity (kCorrupt). Safe against other processes that publish at the same time.
base::Result<Published> publish(const std::filesystem::path& model_path, const Description& description,
                                const Writer& writer);

// The same into `folder` itself (train --output-path), which must not exist, be empty, or be a model.
base::Status publish_to(const std::filesystem::path& folder, const Description& description, const Writer& writer);

// Versions of a model, oldest first; a missing folder has none. Leftovers of a crash are not listed.
base::Result<std::vector<Published>> versions(const std::filesystem::path& model_path, std::string_view id);

// Takes a version away, all or nothing; who has it open keeps what is mapped.
base::Status remove(const Published& version);

}  // namespace mla::artifact
