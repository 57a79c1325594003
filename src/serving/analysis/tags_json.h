#pragma once

#include <boost/json/object.hpp>

#include "knowledge/audio/excerpts/excerpts.h"
#include "learning/tagging/tagger.h"

namespace mla::analysis {

// Adds `genre_prediction`, `mood_analysis`, `affect` and `in_domain` to an analysis (docs/genre-and-mood.md). Null,
// with a note that says why, where there is nothing to hear: silence, or less than 3 s. What the tagger does not know
// is left out.
void add_tags(const tagging::Tagger& tagger, const audio::ExcerptVectors& excerpts, boost::json::object& analysis);

// The same keys null, because nobody asked for them.
void leave_tags_out(boost::json::object& analysis);

}  // namespace mla::analysis
