#include "foundation/artifact/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace mla::artifact {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

struct DtypeName {
  Dtype dtype;
  std::string_view name;
  std::size_t size;
};
constexpr DtypeName kDtypes[] = {{Dtype::kF32, "F32", 4},
                                 {Dtype::kF16, "F16", 2},
                                 {Dtype::kI32, "I32", 4},
                                 {Dtype::kI64, "I64", 8},
                                 {Dtype::kU8, "U8", 1}};

const DtypeName& describe(Dtype dtype) {
  return *std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const DtypeName& d) { return d.dtype == dtype; });
}

Error corrupt(std::string_view what) { return {ErrorCode::kCorrupt, fmt::format("safetensors header: {}", what)}; }

// A non-negative integer of the header.
std::optional<std::size_t> to_size(const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::size_t>(value.get_int64());
  return std::nullopt;
}

struct Placed {
  TensorInfo info;
  std::size_t begin;
  std::size_t end;
};

// Type, shape and place of one tensor; `data` are the bytes behind the header.
Result<Placed> parse_tensor(std::string_view name, const json::value& entry, std::span<const std::byte> data) {
  const json::object* fields = entry.if_object();
  if (fields == nullptr) return corrupt(fmt::format("'{}' is not an object", name));
  const json::value* dtype = fields->if_contains("dtype");
  const json::value* shape = fields->if_contains("shape");
  const json::value* offsets = fields->if_contains("data_offsets");
  if (dtype == nullptr || !dtype->is_string() || shape == nullptr || !shape->is_array() || offsets == nullptr ||
      !offsets->is_array() || offsets->get_array().size() != 2) {
    return corrupt(fmt::format("'{}' lacks dtype, shape or data_offsets", name));
  }
  const auto known = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                                  [&](const DtypeName& d) { return d.name == std::string_view(dtype->get_string()); });
  if (known == std::end(kDtypes))
    return corrupt(fmt::format("'{}' has a type other than F32, F16, I32, I64, U8", name));

  Placed placed{{known->dtype, {}, {}}, 0, 0};
  std::size_t size = known->size;
  for (const json::value& dimension : shape->get_array()) {
    const auto length = to_size(dimension);
    if (!length) return corrupt(fmt::format("'{}' has a shape that is not of whole numbers", name));
    if (*length != 0 && size > std::numeric_limits<std::size_t>::max() / *length) {
      return corrupt(fmt::format("'{}' has a shape that overflows", name));
    }
    size *= *length;
    placed.info.shape.push_back(static_cast<std::int64_t>(*length));
  }
  const auto begin = to_size(offsets->get_array()[0]);
  const auto end = to_size(offsets->get_array()[1]);
  if (!begin || !end || *begin > *end || *end > data.size() || *end - *begin != size) {
    return corrupt(fmt::format("'{}' lies outside the file or does not fit its shape", name));
  }
  placed.begin = *begin;
  placed.end = *end;
  placed.info.bytes = data.subspan(*begin, size);
  if (size > 0 && reinterpret_cast<std::uintptr_t>(placed.info.bytes.data()) % known->size != 0) {
    return corrupt(fmt::format("'{}' is not aligned to its type", name));
  }
  return placed;
}

}  // namespace

bool TensorInfo::finite() const {
  constexpr std::uint16_t kHalfExponent = 0x7C00;  // all ones: NaN or infinity
  const auto all = [&](const auto* values, const auto& good) {
    return std::all_of(values, values + bytes.size() / sizeof *values, good);
  };
  if (dtype == Dtype::kF32) {
    return all(reinterpret_cast<const float*>(bytes.data()), [](float v) { return std::isfinite(v); });
  }
  if (dtype != Dtype::kF16) return true;
  return all(reinterpret_cast<const std::uint16_t*>(bytes.data()),
             [](std::uint16_t v) { return (v & kHalfExponent) != kHalfExponent; });
}

std::size_t element_size(Dtype dtype) { return describe(dtype).size; }

Result<std::map<std::string, TensorInfo>> parse_safetensors(std::span<const std::byte> file) {
  if (file.size() < 8) return corrupt("the file is shorter than 8 bytes");
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<std::uint64_t>(file[static_cast<std::size_t>(i)]);
  if (length > kMaxHeaderBytes || length > file.size() - 8) {
    return corrupt(fmt::format("its length {} is beyond the file or the limit", length));
  }
  json::parse_options options;
  options.max_depth = 8;
  boost::system::error_code error;
  const json::value header =
      json::parse(json::string_view(reinterpret_cast<const char*>(file.data()) + 8, length), error, {}, options);
  if (error || !header.is_object()) return corrupt("it is not a JSON object");

  const std::span<const std::byte> data = file.subspan(8 + static_cast<std::size_t>(length));
  std::map<std::string, TensorInfo> tensors;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const auto& [name, entry] : header.get_object()) {
    if (name == "__metadata__") continue;
    MLA_ASSIGN(Placed placed, parse_tensor(name, entry, data));
    places.emplace_back(placed.begin, placed.end);
    tensors.emplace(std::string(name), std::move(placed.info));
  }
  std::sort(places.begin(), places.end());
  std::size_t expected = 0;
  for (const auto& [begin, end] : places) {
    if (begin != expected) return corrupt("tensors overlap or leave a hole");
    expected = end;
  }
  if (expected != data.size()) return corrupt("bytes are left over behind the last tensor");
  return tensors;
}

SafetensorsLayout layout_safetensors(const std::map<std::string, TensorInfo>& tensors) {
  SafetensorsLayout layout;
  for (const auto& [name, info] : tensors) layout.order.push_back(name);
  // Wide types first: every tensor is then aligned without holes, which the format forbids.
  std::stable_sort(layout.order.begin(), layout.order.end(), [&](const std::string& a, const std::string& b) {
    return element_size(tensors.at(a).dtype) > element_size(tensors.at(b).dtype);
  });
  json::object header;
  std::size_t offset = 0;
  for (const std::string& name : layout.order) {
    const TensorInfo& info = tensors.at(name);
    json::object entry;
    entry["dtype"] = describe(info.dtype).name;
    entry["shape"] = json::array(info.shape.begin(), info.shape.end());
    entry["data_offsets"] = json::array{offset, offset + info.bytes.size()};
    header[name] = std::move(entry);
    offset += info.bytes.size();
  }
  std::string text = json::serialize(header);
  while ((text.size() + 8) % 64 != 0) text += ' ';
  std::uint64_t length = text.size();
  for (int i = 0; i < 8; ++i, length >>= 8) layout.header += static_cast<char>(length & 0xFF);
  layout.header += text;
  return layout;
}

}  // namespace mla::artifact
