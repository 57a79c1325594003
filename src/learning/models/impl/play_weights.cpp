#include "learning/models/impl/play_weights.h"

#include <algorithm>
#include <cmath>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "learning/models/impl/attributes.h"

namespace mla::models::impl {

ParameterSpec PlayWeights::parameter(const char* fallback) {
  return {"weights", std::string(fallback), 0, 0, "what a play count weighs", {"binary", "log"}};
}

math::CsrMatrix PlayWeights::of(const math::CsrView& interactions) const {
  math::CsrMatrix result{interactions.rows,
                         interactions.cols,
                         {interactions.offsets.begin(), interactions.offsets.end()},
                         {interactions.columns.begin(), interactions.columns.end()},
                         {interactions.values.begin(), interactions.values.end()}};
  for (std::int32_t row = 0; row < result.rows; ++row) {
    const auto begin = static_cast<std::size_t>(result.offsets[static_cast<std::size_t>(row)]);
    apply(std::span(result.values).subspan(begin, interactions.row_size(row)));
  }
  return result;
}

std::vector<float> PlayWeights::of(std::span<const HistoryEntry> history) const {
  std::vector<float> weights(history.size());
  std::transform(history.begin(), history.end(), weights.begin(), [](const HistoryEntry& e) { return e.weight; });
  apply(weights);
  return weights;
}

void PlayWeights::apply(std::span<float> plays) const {
  if (transform_ == "binary") return std::fill(plays.begin(), plays.end(), 1.0F);
  double sum = 0;
  for (const float p : plays) sum += p;
  const double mean = sum > 0 ? sum / static_cast<double>(plays.size()) : 1;
  for (float& p : plays) p = static_cast<float>(std::log2(1 + p / mean));
}

const std::vector<float>& WeightsWithout::of(std::size_t left_out) {
  std::vector<float>& weights = known_[left_out];
  if (weights.empty() && history_.size() > 1) {
    std::vector<HistoryEntry> rest(history_.begin(), history_.end());
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    weights = weigh_(rest);
  }
  return weights;
}

void PlayWeights::save(artifact::Writer& writer) const { writer.set("weights", boost::json::value(transform_)); }

base::Status PlayWeights::load(const artifact::Reader& reader) {
  MLA_ASSIGN(transform_, text_attribute(reader, "weights"));
  if (transform_ == "binary" || transform_ == "log") return {};
  return base::Error{
      base::ErrorCode::kCorrupt,
      fmt::format("model attribute 'weights' is '{}', not binary or log; train the model again", transform_)};
}

}  // namespace mla::models::impl
