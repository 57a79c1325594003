#pragma once

#include <boost/json/object.hpp>

#include "knowledge/audio/audio_features/audio_features.h"

namespace mla::analysis {

// `audio_features` with Spotify's names (docs/audio-features.md); null where nothing can be said.
boost::json::object to_json(const audio::AudioFeatures& features);

}  // namespace mla::analysis
