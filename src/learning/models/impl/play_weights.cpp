#include "learning/models/impl/play_weights.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <cmath>

#include "learning/models/impl/attributes.h"

namespace mla::models::impl {

ParameterSpec PlayWeights::parameter(const char* fallback) {
  return {"weights", std::string(fallback), 0, 0, "what a play count weighs", {"binary", "log", "share"}};
}

math::CsrMatrix PlayWeights::fit(const math::CsrView& interactions) {
  math::CsrMatrix result{interactions.rows,
                         interactions.cols,
                         {interactions.offsets.begin(), interactions.offsets.end()},
                         {interactions.columns.begin(), interactions.columns.end()},
                         {interactions.values.begin(), interactions.values.end()}};
  unit_ = mean_ = 1;
  if (transform_ == "log" && !result.values.empty()) {
    std::vector<float> sorted = result.values;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    if (*middle > 0) unit_ = *middle;
    double sum = 0;
    for (const float plays : result.values) sum += std::log1p(plays / unit_);
    if (sum > 0) mean_ = sum / static_cast<double>(result.values.size());
  }
  for (std::int32_t row = 0; row < result.rows; ++row) {
    const auto begin = static_cast<std::size_t>(result.offsets[row]);
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
  if (transform_ == "binary") {
    std::fill(plays.begin(), plays.end(), 1.0F);
  } else if (transform_ == "log") {
    for (float& p : plays) p = static_cast<float>(std::log1p(p / unit_) / mean_);
  } else {
    double sum = 0;
    for (const float p : plays) sum += p;
    const double mean = sum > 0 ? sum / static_cast<double>(plays.size()) : 1;
    for (float& p : plays) p = static_cast<float>(std::log2(1 + p / mean));
  }
}

void PlayWeights::save(artifact::Writer& writer) const {
  writer.set("weights", boost::json::value(transform_));
  writer.set("weights_unit", unit_);
  writer.set("weights_mean", mean_);
}

base::Status PlayWeights::load(const artifact::Reader& reader) {
  MLA_ASSIGN(transform_, text_attribute(reader, "weights"));
  MLA_ASSIGN(unit_, number_attribute(reader, "weights_unit"));
  MLA_ASSIGN(mean_, number_attribute(reader, "weights_mean"));
  return {};
}

}  // namespace mla::models::impl
