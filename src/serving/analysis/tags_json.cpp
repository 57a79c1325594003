#include "serving/analysis/tags_json.h"

#include <cmath>
#include <vector>

#include <boost/json/array.hpp>

#include "learning/tagging/mood.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;

// Four digits: more would claim too much.
double rounded(double value) { return std::round(value * 1e4) / 1e4; }

// Valence and arousal as the mean of the places of the moods, each weighed by how much of it is felt.
json::value affect(const tagging::Tagger& tagger, const std::vector<double>& moods) {
  double valence = 0, arousal = 0, weight = 0;
  for (std::size_t k = 0; k < moods.size(); ++k) {
    const tagging::MoodPlace* place = tagging::find_mood_place(tagger.moods()[k]);
    if (place == nullptr) continue;
    const double felt = moods[k];
    valence += felt * place->valence;
    arousal += felt * place->arousal;
    weight += felt;
  }
  if (weight <= 0) return nullptr;
  return {
      {"valence", rounded(valence / weight)}, {"arousal", rounded(arousal / weight)}, {"source", tagging::kMoodSource}};
}

}  // namespace

void add_tags(const tagging::Tagger& tagger, const audio::ExcerptVectors& excerpts, json::object& analysis) {
  const bool has_genres = !tagger.genres().empty(), has_moods = !tagger.moods().empty();
  if (excerpts.count == 0) {
    if (has_genres) analysis["genre_prediction"] = nullptr;
    if (has_moods) analysis["mood_analysis"] = nullptr;
    analysis["in_domain"] = nullptr;
    json::value& notes = analysis["notes"];
    if (!notes.is_array()) notes = json::array();
    notes.get_array().emplace_back("no genre or mood: silent, or shorter than 3 s");
    return;
  }
  const tagging::Tags tags =
      tagger.tag({excerpts.values.data(), excerpts.count, audio::excerpt_columns(), audio::excerpt_columns()});
  if (has_genres) {
    json::object genres;
    for (std::size_t k = 0; k < tags.genres.size(); ++k) genres[tagger.genres()[k]] = rounded(tags.genres[k]);
    analysis["genre_prediction"] = std::move(genres);
  }
  if (has_moods) {
    json::object moods;
    std::vector<double> felt;
    for (std::size_t k = 0; k < tags.moods.size(); ++k) {
      felt.push_back(tagger.on_unit_scale(k, tags.moods[k]));
      moods[tagger.moods()[k]] = rounded(felt.back());
    }
    analysis["mood_analysis"] = std::move(moods);
    analysis["affect"] = affect(tagger, felt);
  }
  analysis["in_domain"] = tags.in_domain;
}

void leave_tags_out(json::object& analysis) {
  for (const char* key : {"genre_prediction", "mood_analysis", "affect", "in_domain"}) analysis[key] = nullptr;
}

}  // namespace mla::analysis
