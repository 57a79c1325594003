#include "learning/models/impl/attributes.h"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace mla::models::impl {
namespace {

base::Error corrupt(std::string message) {
  return {base::ErrorCode::kCorrupt, std::move(message) + "; train the model again"};
}

}  // namespace

base::Result<double> number_attribute(const artifact::Reader& reader, std::string_view name) {
  MLA_ASSIGN(const boost::json::value value, reader.attribute(name));
  if (!value.is_number()) return corrupt(fmt::format("model attribute '{}' is not a number", name));
  const auto number = value.to_number<double>();
  if (!std::isfinite(number)) return corrupt(fmt::format("model attribute '{}' is not finite", name));
  return number;
}

base::Result<std::vector<float>> numbers_attribute(const artifact::Reader& reader, std::string_view name) {
  MLA_ASSIGN(const boost::json::value value, reader.attribute(name));
  std::vector<float> numbers;
  if (!value.is_array()) return corrupt(fmt::format("model attribute '{}' is not a list of numbers", name));
  for (const boost::json::value& entry : value.get_array()) {
    if (!entry.is_number() || !std::isfinite(entry.to_number<float>())) {
      return corrupt(fmt::format("model attribute '{}' is not a list of finite numbers", name));
    }
    numbers.push_back(entry.to_number<float>());
  }
  return numbers;
}

base::Result<std::string> text_attribute(const artifact::Reader& reader, std::string_view name) {
  MLA_ASSIGN(const boost::json::value value, reader.attribute(name));
  if (!value.is_string()) return corrupt(fmt::format("model attribute '{}' is not a text", name));
  return std::string(value.get_string());
}

base::Status check_finite(std::span<const float> values, std::string_view name) {
  if (values.size_bytes() > kLookedAt) return {};
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  if (bad == values.end()) return {};
  return corrupt(fmt::format("model tensor '{}' holds {} at {}", name, *bad, bad - values.begin()));
}

base::Status check_finite(const math::VectorsView& vectors, std::string_view name) {
  const std::size_t element = vectors.halves != nullptr ? sizeof *vectors.halves : sizeof *vectors.floats;
  if (vectors.rows * vectors.cols * element > kLookedAt) return {};
  std::vector<float> row(vectors.cols);
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    vectors.row(i, row);
    MLA_CHECK(check_finite(row, name));
  }
  return {};
}

base::Error wrong_shape(std::string_view name, std::string_view expected) {
  return corrupt(fmt::format("model tensor '{}' has another shape than {}", name, expected));
}

}  // namespace mla::models::impl
