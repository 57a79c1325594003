#include "learning/tagging/tagger.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "foundation/math/blas.h"
#include "knowledge/audio/excerpts/excerpts.h"

namespace mla::tagging {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kNearest = 5;
constexpr std::size_t kMostNames = 10'000;

// The mean over the rows of K · dual + centre.
std::vector<float> apply(const Regression& regression, const ClipKernel::Similarities& similarities) {
  const math::Matrix& kernel = similarities[static_cast<std::size_t>(regression.gamma)];
  std::vector<float> mean_row(kernel.cols());
  for (std::size_t i = 0; i < kernel.rows(); ++i) {
    for (std::size_t j = 0; j < kernel.cols(); ++j) mean_row[j] += kernel(i, j) / static_cast<float>(kernel.rows());
  }
  std::vector<float> result(regression.centre.size());
  math::multiply_transposed(regression.dual.view(), mean_row, result);
  for (std::size_t k = 0; k < result.size(); ++k) result[k] += regression.centre[k];
  return result;
}

void save(const Regression& regression, artifact::Writer writer) {
  writer.set("gamma", regression.gamma);
  writer.set("lambda", regression.lambda);
  writer.add("dual", regression.dual.view());
  writer.add("centre", regression.centre, {static_cast<std::int64_t>(regression.centre.size())});
}

base::Result<Regression> load_regression(const artifact::Reader& reader, std::size_t outputs, std::size_t rows) {
  Regression regression;
  MLA_ASSIGN(const boost::json::value gamma, reader.attribute("gamma"));
  MLA_ASSIGN(const math::ConstMatrixView dual, reader.matrix("dual"));
  MLA_ASSIGN(const std::span<const float> centre, reader.floats("centre"));
  const bool known = gamma.is_int64() && gamma.get_int64() >= 0 &&
                     gamma.get_int64() < static_cast<std::int64_t>(ClipKernel::kGammas.size());
  if (!known || dual.rows != rows || dual.cols != outputs || centre.size() != outputs) {
    return Error{ErrorCode::kCorrupt, fmt::format("a regression of {} x {} for {} excerpts and {} outputs", dual.rows,
                                                  dual.cols, rows, outputs)};
  }
  regression.gamma = static_cast<int>(gamma.get_int64());
  regression.dual = math::Matrix(rows, outputs);
  for (std::size_t i = 0; i < rows; ++i) std::copy_n(dual.row(i).begin(), outputs, regression.dual.row(i).begin());
  regression.centre.assign(centre.begin(), centre.end());
  return regression;
}

base::Result<std::vector<std::string>> load_names(const artifact::Reader& reader, std::string_view name) {
  MLA_ASSIGN(const artifact::TextsView texts, reader.texts(name));
  if (texts.size() > kMostNames) return Error{ErrorCode::kCorrupt, fmt::format("{} {}", texts.size(), name)};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < texts.size(); ++i) names.emplace_back(texts[i]);
  return names;
}

// Excerpts of another version have other columns, another kernel other weights: numbers would come out all the same,
// and be wrong.
base::Status check_version(const artifact::Reader& reader) {
  MLA_ASSIGN(const boost::json::value version, reader.attribute("excerpt_version"));
  const auto kernel = reader.attribute("kernel");
  const bool same_kernel = kernel.ok() && kernel->is_string() && kernel->get_string() == ClipKernel::kName;
  const bool same_columns = version.is_int64() && version.get_int64() == audio::kExcerptVersion;
  if (same_columns && same_kernel) return {};
  std::string words;
  const boost::json::value* parameters = reader.manifest().if_contains("parameters");
  if (parameters != nullptr && parameters->is_object() && parameters->get_object().contains("targets")) {
    words =
        fmt::format(" --params '{}'",
                    boost::json::serialize(boost::json::object{{"targets", parameters->get_object().at("targets")}}));
  }
  const std::string what = same_columns
                               ? fmt::format("with another kernel than this program's ({})", ClipKernel::kName)
                               : fmt::format("from excerpt vectors of version {}, this program makes version {}",
                                             boost::json::serialize(version), audio::kExcerptVersion);
  return Error{ErrorCode::kUnsupported,
               fmt::format("it was learnt {}; learn it again: ml-analytics train --model-type audio --data-path "
                           "LABELS.csv{} --output-path FOLDER",
                           what, words)};
}

}  // namespace

float closeness(std::vector<float>& similarities) {
  const std::size_t count = std::min(kNearest, similarities.size());
  if (count == 0) return 0;
  std::partial_sort(similarities.begin(), similarities.begin() + static_cast<std::ptrdiff_t>(count), similarities.end(),
                    std::greater<>());
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += similarities[i];
  return sum / static_cast<float>(count);
}

std::vector<float> probabilities(std::span<const float> scores, double temperature) {
  if (scores.empty()) return {};
  const float most = *std::max_element(scores.begin(), scores.end());
  std::vector<float> result;
  double sum = 0;
  for (const float score : scores) {
    result.push_back(static_cast<float>(std::exp(temperature * (score - most))));
    sum += result.back();
  }
  for (float& value : result) value = static_cast<float>(value / sum);
  return result;
}

double Tagger::on_unit_scale(std::size_t mood, double value) const {
  const double low = lowest_[mood], high = highest_[mood];
  if (low >= 0 && high <= 1) return value;
  return high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
}

Tags Tagger::tag(math::ConstMatrixView excerpts) const {
  const ClipKernel::Similarities similarities = kernel_.similarities(kernel_.encode(excerpts), references_);
  Tags tags;
  if (!genres_.empty()) tags.genres = probabilities(apply(genre_, similarities), temperature_);
  if (!moods_.empty()) tags.moods = apply(mood_, similarities);
  for (std::size_t k = 0; k < tags.moods.size(); ++k)
    tags.moods[k] = std::clamp(tags.moods[k], lowest_[k], highest_[k]);
  const math::Matrix& nearness = similarities.front();
  for (std::size_t i = 0; i < nearness.rows(); ++i) {
    std::vector<float> row(nearness.row(i).begin(), nearness.row(i).end());
    tags.closeness += closeness(row) / static_cast<float>(nearness.rows());
  }
  tags.in_domain = tags.closeness >= domain_;
  return tags;
}

void Tagger::save(artifact::Writer& writer) const {
  writer.set("excerpt_version", audio::kExcerptVersion);
  writer.set("temperature", temperature_);
  writer.set("domain", domain_);
  writer.add("genres", genres_);
  writer.add("moods", moods_);
  writer.add("references", std::span<const std::uint8_t>(references_));
  kernel_.save(writer);
  if (!genres_.empty()) tagging::save(genre_, writer.scope("genre."));
  if (moods_.empty()) return;
  tagging::save(mood_, writer.scope("mood."));
  writer.add("lowest", lowest_, {static_cast<std::int64_t>(lowest_.size())});
  writer.add("highest", highest_, {static_cast<std::int64_t>(highest_.size())});
}

base::Result<Tagger> Tagger::load(const artifact::Reader& reader) {
  MLA_CHECK(check_version(reader));
  Tagger tagger;
  MLA_ASSIGN(const boost::json::value temperature, reader.attribute("temperature"));
  MLA_ASSIGN(const boost::json::value domain, reader.attribute("domain"));
  if (!temperature.is_number() || !domain.is_number()) {
    return Error{ErrorCode::kCorrupt, "its temperature or domain is no number"};
  }
  tagger.temperature_ = temperature.to_number<float>();
  tagger.domain_ = domain.to_number<float>();
  MLA_ASSIGN(tagger.genres_, load_names(reader, "genres"));
  MLA_ASSIGN(tagger.moods_, load_names(reader, "moods"));
  MLA_ASSIGN(tagger.kernel_, ClipKernel::load(reader));
  MLA_ASSIGN(const std::span<const std::uint8_t> references, reader.bytes("references"));
  const std::size_t columns = tagger.kernel_.columns();
  if (columns != audio::excerpt_columns() || references.empty() || references.size() % columns != 0) {
    return Error{ErrorCode::kCorrupt, fmt::format("{} bytes of references for {} columns", references.size(), columns)};
  }
  tagger.references_.assign(references.begin(), references.end());
  const std::size_t rows = references.size() / columns;
  if (!tagger.genres_.empty()) {
    MLA_ASSIGN(tagger.genre_, load_regression(reader.scope("genre."), tagger.genres_.size(), rows));
  }
  if (tagger.moods_.empty()) return tagger;
  MLA_ASSIGN(tagger.mood_, load_regression(reader.scope("mood."), tagger.moods_.size(), rows));
  MLA_ASSIGN(const std::span<const float> lowest, reader.floats("lowest"));
  MLA_ASSIGN(const std::span<const float> highest, reader.floats("highest"));
  if (lowest.size() != tagger.moods_.size() || highest.size() != tagger.moods_.size()) {
    return Error{ErrorCode::kCorrupt, "the ranges of its moods do not fit their number"};
  }
  for (std::size_t k = 0; k < lowest.size(); ++k) {
    if (!(lowest[k] <= highest[k])) return Error{ErrorCode::kCorrupt, "a mood's range is upside down"};
  }
  tagger.lowest_.assign(lowest.begin(), lowest.end());
  tagger.highest_.assign(highest.begin(), highest.end());
  return tagger;
}

}  // namespace mla::tagging
