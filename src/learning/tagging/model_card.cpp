#include "learning/tagging/model_card.h"

#include <cmath>
#include <set>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "learning/tagging/mood.h"

namespace mla::tagging {
namespace {

namespace json = boost::json;

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

// Of each genre: clips, how many of them are found (recall) and how many of those said are right (precision), over all
// repetitions.
json::object per_genre(const TaggingData& data, const CrossValidation& judged) {
  json::object result;
  for (std::size_t k = 0; k < data.genres.size(); ++k) {
    std::size_t hits = 0, there = 0, said = 0, clips = 0;
    for (const int genre : data.genre_of) clips += genre == static_cast<int>(k) ? 1 : 0;
    for (const TaggingScore& score : judged.scores) {
      hits += score.confusion[k][k];
      for (std::size_t other = 0; other < data.genres.size(); ++other) {
        there += score.confusion[k][other];
        said += score.confusion[other][k];
      }
    }
    json::object row{{"tracks", clips}};
    if (there > 0) row["recall"] = rounded(static_cast<double>(hits) / static_cast<double>(there));
    if (said > 0) row["precision"] = rounded(static_cast<double>(hits) / static_cast<double>(said));
    result[data.genres[k]] = std::move(row);
  }
  return result;
}

json::object mood_entries(const TaggingData& data, const CrossValidation& judged) {
  json::object result;
  const std::vector<double> r2 = judged.mean_mood_r2();
  for (std::size_t k = 0; k < data.moods.size(); ++k) {
    json::object row;
    if (!r2.empty()) row["r2"] = rounded(r2[k]);
    if (const MoodPlace* place = find_mood_place(data.moods[k])) {
      row["valence"] = rounded(place->valence);
      row["arousal"] = rounded(place->arousal);
    }
    result[data.moods[k]] = std::move(row);
  }
  return result;
}

}  // namespace

json::object card_metrics(const TaggingData& data, const CrossValidation& judged) {
  json::object metrics;
  if (judged.scores.empty()) return metrics;
  if (!data.genres.empty()) {
    metrics["genre_accuracy"] = rounded(judged.mean_accuracy());
    metrics["genre_accuracy_deviation"] = rounded(judged.deviation_accuracy());
    metrics["genre_calibration_error"] = rounded(judged.mean_calibration_error());
  }
  if (!data.moods.empty()) metrics["mood_r2_mean"] = rounded(judged.mean_r2());
  return metrics;
}

json::object model_card(const TaggingData& data, const TaggingOptions& options, const CrossValidation& judged) {
  const std::set<int> artists(data.artist_of.begin(), data.artist_of.end());
  json::object card;
  card["data"] = options.data.empty() ? "not stated" : options.data;
  card["licence"] = options.licence.empty() ? "not stated" : options.licence;
  card["tracks"] = data.clips();
  card["excerpts"] = data.excerpts.rows();
  card["artist_groups"] = artists.size();
  card["judged"] = judged.scores.empty()
                       ? json::string("not judged")
                       : json::string(fmt::format("{} times {} folds, no artist group in two folds, parameters chosen "
                                                  "inside each training part",
                                                  judged.repetitions, judged.folds));
  card["results"] = card_metrics(data, judged);
  if (!data.genres.empty()) card["genres"] = per_genre(data, judged);
  if (!data.moods.empty()) {
    card["moods"] = mood_entries(data, judged);
    card["mood_places"] = kMoodSource;
  }
  card["limits"] = {
      "Knows the genres and moods of its training music alone; every track gets shares of these, whatever it is.",
      "`in_domain` false means that less than 2.5 % of the training tracks lie as far from other artists: trust "
      "neither.",
      "Moods are what listeners of the training data said they felt; others feel otherwise."};
  return card;
}

std::vector<std::string> to_lines(const json::object& card) {
  std::vector<std::string> lines;
  const auto text = [&](std::string_view key) { return std::string(card.at(key).as_string()); };
  lines.push_back(fmt::format("data      {} ({} tracks, {} artist groups); licence: {}", text("data"),
                              card.at("tracks").to_number<int>(), card.at("artist_groups").to_number<int>(),
                              text("licence")));
  lines.push_back("judged    " + text("judged"));
  const json::object& results = card.at("results").as_object();
  if (results.contains("genre_accuracy")) {
    lines.push_back(fmt::format("genre     accuracy {:.1f} % (deviation {:.1f}), calibration error {:.3f}",
                                100 * results.at("genre_accuracy").to_number<double>(),
                                100 * results.at("genre_accuracy_deviation").to_number<double>(),
                                results.at("genre_calibration_error").to_number<double>()));
  }
  if (results.contains("mood_r2_mean"))
    lines.push_back(fmt::format("mood      mean R² {:.3f}", results.at("mood_r2_mean").to_number<double>()));
  const auto add_rows = [&](std::string_view key) {
    if (!card.contains(key)) return;
    for (const auto& [name, row] : card.at(key).as_object()) {
      std::string line = fmt::format("          {:<20}", std::string_view(name));
      for (const char* figure : {"recall", "precision", "r2"}) {
        if (const json::value* value = row.as_object().if_contains(figure))
          line += fmt::format(" {} {:.2f}", figure, value->to_number<double>());
      }
      lines.push_back(std::move(line));
    }
  };
  add_rows("genres");
  add_rows("moods");
  return lines;
}

}  // namespace mla::tagging
