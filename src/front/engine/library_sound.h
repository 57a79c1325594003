#pragma once

#include <string_view>

#include "foundation/base/result.h"
#include "knowledge/audio/descriptors/track_vector.h"
#include "knowledge/catalog/catalog.h"
#include "serving/recommend/request.h"

// What the tracks of an analysed library (pipelines::LibrarySounds) sound like, without any model. At most
// `per_artist` tracks of one artist and one version of a song; confidence_score is 0, because none is known.
namespace mla::engine {

// Tracks that sound like a file outside the library, the most alike first; `name` is how to call it in reasons, `clean`
// leaves out what is tagged explicit.
// kNotFound if no file of the library was analysed. REQUIRES: `vector` has length 1.
base::Result<recommend::Answer> sounds_like(const catalog::Catalog& catalog, const audio::TrackVector& vector,
                                            std::string_view name, int limit, int per_artist, bool clean = false);

// `count` tracks in small steps of sound from one to another, both included (recommend::SoundSpace::path). Each end is
// named by our id, an external id or a path. kNotFound, or kInvalidArgument if the ends are one track or count < 2.
base::Result<recommend::Answer> path_of_sound(const catalog::Catalog& catalog, std::string_view from,
                                              std::string_view to, int count, int per_artist);

}  // namespace mla::engine
