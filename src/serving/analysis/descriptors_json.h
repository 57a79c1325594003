#pragma once

#include <boost/json/object.hpp>

#include "knowledge/audio/descriptors/summary.h"

namespace mla::analysis {

// Adds the keys `spectral_features`, `mfcc`, `chroma` and `vector` of an analysis; nothing for a file without frames.
void add_descriptors(const audio::DescriptorSummary& summary, boost::json::object& analysis);

}  // namespace mla::analysis
