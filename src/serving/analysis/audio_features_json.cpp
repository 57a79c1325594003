#include "serving/analysis/audio_features_json.h"

#include <cmath>
#include <optional>

namespace mla::analysis {
namespace {

namespace json = boost::json;

// Four digits: more would claim too much.
json::value rounded(const std::optional<double>& value) {
  return value ? json::value(std::round(*value * 1e4) / 1e4) : json::value();
}

json::value or_null(const std::optional<int>& value) { return value ? json::value(*value) : json::value(); }

}  // namespace

json::object to_json(const audio::AudioFeatures& features) {
  return {{"danceability", rounded(features.danceability)},
          {"energy", rounded(features.energy)},
          {"key", or_null(features.key)},
          {"loudness", rounded(features.loudness)},
          {"mode", or_null(features.mode)},
          {"speechiness", rounded(features.speechiness)},
          {"acousticness", rounded(features.acousticness)},
          {"instrumentalness", rounded(features.instrumentalness)},
          {"liveness", rounded(features.liveness)},
          {"valence", rounded(features.valence)},
          {"tempo", rounded(features.tempo)},
          {"time_signature", or_null(features.time_signature)},
          {"duration_ms", features.duration_ms}};
}

}  // namespace mla::analysis
