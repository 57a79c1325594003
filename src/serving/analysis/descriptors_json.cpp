#include "serving/analysis/descriptors_json.h"

#include <boost/json/array.hpp>

#include "knowledge/audio/descriptors/track_vector.h"

namespace mla::analysis {

void add_descriptors(const audio::DescriptorSummary& summary, boost::json::object& analysis) {
  if (summary.frames == 0) return;
  boost::json::array contrast, mfcc_mean, mfcc_deviation, chroma;
  for (const audio::Spread& band : summary.spectral_contrast) contrast.emplace_back(band.mean);
  for (const audio::Spread& row : summary.mfcc) {
    mfcc_mean.emplace_back(row.mean);
    mfcc_deviation.emplace_back(row.deviation);
  }
  for (const audio::Spread& row : summary.chroma) chroma.emplace_back(row.mean);
  boost::json::object spectral;
  spectral["spectral_centroid"] = summary.spectral_centroid.mean;
  spectral["spectral_bandwidth"] = summary.spectral_bandwidth.mean;
  spectral["spectral_rolloff"] = summary.spectral_rolloff.mean;
  spectral["spectral_flatness"] = summary.spectral_flatness.mean;
  spectral["spectral_contrast"] = std::move(contrast);
  spectral["zero_crossing_rate"] = summary.zero_crossing_rate.mean;
  analysis["spectral_features"] = std::move(spectral);
  analysis["mfcc"] = boost::json::object{{"mean", std::move(mfcc_mean)}, {"std", std::move(mfcc_deviation)}};
  boost::json::array vector;
  for (const float value : audio::track_vector(summary)) vector.emplace_back(value);
  analysis["vector"] = boost::json::object{{"version", audio::kTrackVectorVersion}, {"values", std::move(vector)}};
  analysis["chroma"] = boost::json::object{{"mean", std::move(chroma)}};
}

}  // namespace mla::analysis
