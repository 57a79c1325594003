#include <algorithm>

#include <fmt/format.h>

#include "front/engine/engine.h"
#include "front/engine/impl/library_space.h"
#include "front/engine/impl/state.h"
#include "learning/models/content/content.h"

namespace mla::engine {
namespace {

using base::Result;

constexpr std::string_view kBySound = "sound";  // what answers instead of a model

recommend::Recommendation to_recommendation(const catalog::Item& item, std::string reason) {
  recommend::Recommendation one;
  one.track_id = item.id;
  one.track_name = item.title.empty() ? item.id.str() : item.title;
  one.artist_name = item.artist_name();
  one.album = item.album;
  one.recommendation_reason = std::move(reason);
  return one;
}

base::Error nothing_analysed() {
  return {base::ErrorCode::kNotFound,
          "no file of the library was analysed yet; run: ml-analytics import music-folder DIR --analyze"};
}

// How alike two tracks sound, in words that are true of this cosine.
std::string likeness(float alike, const std::string& title) {
  if (alike >= models::kSoundsAlike) return "sounds like " + title;
  return alike > 0 ? "sounds a little like " + title : "sounds unlike " + title;
}

Result<std::size_t> find_end(const catalog::Catalog& catalog, const LibrarySpace& library, std::string_view reference) {
  MLA_ASSIGN(const auto id, catalog.resolve(reference));
  if (!id) {
    return base::Error{base::ErrorCode::kNotFound,
                       fmt::format("'{}' is not in the catalogue: give our id, an external id or a path", reference)};
  }
  if (const auto index = library.space.find(*id)) return *index;
  return base::Error{base::ErrorCode::kNotFound,
                     fmt::format("nobody knows how '{}' sounds: it is silent, gone, no file, or not analysed yet "
                                 "(ml-analytics import music-folder DIR --analyze)",
                                 reference)};
}

}  // namespace

Result<recommend::Answer> Engine::sounds_like(const audio::TrackVector& vector, std::string_view name,
                                              int limit) const {
  MLA_ASSIGN(const LibrarySpace library, read_library_space(state_->catalog));
  if (library.items.empty()) return nothing_analysed();
  recommend::Answer answer;
  answer.model = kBySound;
  answer.notes.push_back(fmt::format("'{}' is not in the library: what sounds like it comes first", name));
  for (const math::Scored& near :
       library.space.nearest(vector, static_cast<std::size_t>(limit), state_->options.items_per_artist)) {
    answer.recommendations.push_back(to_recommendation(library.items[static_cast<std::size_t>(near.index)],
                                                       likeness(near.score, std::string(name))));
  }
  return answer;
}

Result<recommend::Answer> Engine::path(std::string_view from, std::string_view to, int count) const {
  MLA_ASSIGN(const LibrarySpace library, read_library_space(state_->catalog));
  if (library.items.empty()) return nothing_analysed();
  MLA_ASSIGN(const std::size_t first, find_end(state_->catalog, library, from));
  MLA_ASSIGN(const std::size_t last, find_end(state_->catalog, library, to));
  if (first == last || count < 2) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("a path leads from one track to another in two tracks or more: '{}' to '{}' in {}",
                                   from, to, count)};
  }
  recommend::Answer answer;
  answer.model = kBySound;
  const std::vector<std::size_t> steps =
      library.space.path(first, last, static_cast<std::size_t>(count), state_->options.items_per_artist);
  if (steps.size() < static_cast<std::size_t>(count)) {
    answer.notes.push_back(
        fmt::format("the library has no {} tracks for this path, of different artists side by side", count));
  }
  for (std::size_t k = 0; k < steps.size(); ++k) {
    std::string reason = "where it begins";
    if (k > 0) {
      reason = likeness(library.space.alike(steps[k - 1], steps[k]), answer.recommendations.back().track_name);
      if (k + 1 == steps.size()) reason += "; where it ends";
    }
    answer.recommendations.push_back(to_recommendation(library.items[steps[k]], std::move(reason)));
    if (k > 0) answer.recommendations.back().evidence.push_back(answer.recommendations[k - 1].track_id);
  }
  return answer;
}

}  // namespace mla::engine
