#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "foundation/math/vectors_view.h"

// Reading a model's small values; kCorrupt says which one is missing or is not what it must be.
namespace mla::models::impl {

base::Result<double> number_attribute(const artifact::Reader& reader, std::string_view name);
base::Result<std::vector<float>> numbers_attribute(const artifact::Reader& reader, std::string_view name);
base::Result<std::string> text_attribute(const artifact::Reader& reader, std::string_view name);

// kCorrupt if `values` hold a NaN or infinity. What is larger than kLookedAt bytes is not read: a cold start must not
// touch every page of a model, and verification (at publish and promotion, in the background of a server) does.
constexpr std::size_t kLookedAt = std::size_t{64} << 20;
base::Status check_finite(std::span<const float> values, std::string_view name);
base::Status check_finite(const math::VectorsView& vectors, std::string_view name);

// The error of a tensor whose shape does not fit the others.
base::Error wrong_shape(std::string_view name, std::string_view expected);

}  // namespace mla::models::impl
