#include "learning/models/impl/confidences.h"

#include <algorithm>
#include <cmath>

#include "learning/models/impl/attributes.h"

namespace mla::models::impl {

ParameterSpec Confidences::parameter() {
  return {"degree_exponent", 0.15, 0, 1, "how much less each play counts of what many play; 0 = no less"};
}

math::CsrMatrix Confidences::learn(const math::CsrView& interactions) {
  math::CsrMatrix result = play_weights_.of(interactions);
  reader_.reset();
  owned_by_item_.clear();
  by_item_ = {};
  if (exponent_ == 0) return result;
  std::vector<std::size_t> degrees(static_cast<std::size_t>(interactions.cols), 0);
  for (const std::int32_t item : result.columns) ++degrees[static_cast<std::size_t>(item)];
  std::vector<double> by_degree(degrees.size());
  double sum = 0;
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    by_degree[i] = std::pow(static_cast<double>(std::max<std::size_t>(1, degrees[i])), -exponent_);
    sum += static_cast<double>(degrees[i]) * by_degree[i];
  }
  const double scale = sum > 0 ? static_cast<double>(result.columns.size()) / sum : 1;
  for (const double one : by_degree) owned_by_item_.push_back(static_cast<float>(scale * one));
  by_item_ = owned_by_item_;
  for (std::size_t at = 0; at < result.columns.size(); ++at) result.values[at] *= of_item(result.columns[at]);
  return result;
}

std::vector<float> Confidences::of(std::span<const HistoryEntry> history) const {
  std::vector<float> confidences = play_weights_.of(history);
  if (by_item_.empty()) return confidences;
  for (std::size_t r = 0; r < history.size(); ++r) confidences[r] *= of_item(history[r].item);
  return confidences;
}

void Confidences::save(artifact::Writer& writer) const {
  play_weights_.save(writer);
  if (by_item_.empty()) return;
  writer.set("degree_exponent", exponent_);
  writer.add("item_confidences", by_item_, {static_cast<std::int64_t>(by_item_.size())});
}

base::Status Confidences::load(const artifact::Reader& reader, std::size_t items) {
  MLA_CHECK(play_weights_.load(reader));
  owned_by_item_.clear();
  by_item_ = {};
  exponent_ = 0;
  if (!reader.has("item_confidences")) return {};
  MLA_ASSIGN(exponent_, number_attribute(reader, "degree_exponent"));
  MLA_ASSIGN(by_item_, reader.floats("item_confidences"));
  if (by_item_.size() != items) return wrong_shape("item_confidences", "one value a row of item_vectors");
  MLA_CHECK(check_finite(by_item_, "item_confidences"));
  reader_ = reader;
  return {};
}

}  // namespace mla::models::impl
