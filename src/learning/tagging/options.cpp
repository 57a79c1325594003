#include "learning/tagging/options.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::tagging {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kMostTargets = 1000;

Error off(std::string_view name, const json::value& value, std::string_view wanted) {
  return {ErrorCode::kInvalidArgument, fmt::format("--params {}: {} is not {}", name, json::serialize(value), wanted)};
}

base::Status read_number(std::string_view name, const json::value& value, int low, int high, int& out) {
  if (!value.is_int64() || value.get_int64() < low || value.get_int64() > high)
    return off(name, value, fmt::format("a whole number from {} to {}", low, high));
  out = static_cast<int>(value.get_int64());
  return {};
}

base::Status read_text(std::string_view name, const json::value& value, std::string& out) {
  if (!value.is_string()) return off(name, value, "a text");
  out = value.get_string();
  return {};
}

base::Status read_targets(const json::value& value, std::vector<std::string>& out) {
  if (!value.is_array() || value.get_array().size() > kMostTargets)
    return off("targets", value, "a list of column names");
  for (const json::value& name : value.get_array()) {
    if (!name.is_string()) return off("targets", name, "the name of a column");
    out.emplace_back(name.get_string());
  }
  return {};
}

}  // namespace

base::Result<TaggingOptions> parse_options(std::string_view text) {
  static const std::vector<std::string> known = {"targets", "repetitions", "folds", "data", "licence"};
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object()) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("--params is not a JSON object: {}", text)};
  }
  TaggingOptions options;
  for (const auto& [key, value] : parsed.get_object()) {
    if (key == "targets") {
      MLA_CHECK(read_targets(value, options.targets));
    } else if (key == "repetitions") {
      MLA_CHECK(read_number(key, value, 0, 1000, options.repetitions));
    } else if (key == "folds") {
      MLA_CHECK(read_number(key, value, 2, 100, options.folds));
    } else if (key == "data") {
      MLA_CHECK(read_text(key, value, options.data));
    } else if (key == "licence") {
      MLA_CHECK(read_text(key, value, options.licence));
    } else {
      const auto nearest = base::nearest_name(key, known);
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--params: audio models have no parameter '{}'; {}", std::string_view(key),
                               nearest ? "did you mean '" + *nearest + "'?"
                                       : "there are targets, repetitions, folds, data, licence")};
    }
  }
  return options;
}

}  // namespace mla::tagging
