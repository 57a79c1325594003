#include <cmath>
#include <optional>

#include <boost/json/array.hpp>

#include "serving/analysis/analysis.h"
#include "serving/analysis/audio_features_json.h"
#include "serving/analysis/descriptors_json.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;

// Times to a tenth of a millisecond: what is behind is noise and doubles the size.
double rounded(double seconds) { return std::round(seconds * 1e4) / 1e4; }

void add_rhythm(const audio::Rhythm& rhythm, json::object& object) {
  const bool found = rhythm.tempo > 0;
  object["tempo"] = found ? json::value(rhythm.tempo) : json::value();
  object["tempo_confidence"] = rhythm.confidence;
  json::array alternatives;
  for (const audio::TempoAlternative& other : rhythm.alternatives) {
    alternatives.push_back({{"tempo", other.tempo}, {"probability", other.probability}});
  }
  object["tempo_alternatives"] = std::move(alternatives);
  json::array beats;
  for (const double beat : rhythm.beats) beats.push_back(rounded(beat));
  object["beats"] = std::move(beats);
  json::array downbeats;
  for (const std::size_t index : rhythm.downbeats) downbeats.push_back(rounded(rhythm.beats[index]));
  object["downbeats"] = std::move(downbeats);
  object["metre"] = rhythm.metre > 0 ? json::value(rhythm.metre) : json::value();
  json::array curve;
  for (const audio::TempoPoint& point : rhythm.tempo_curve) {
    curve.push_back({{"time", rounded(point.time)}, {"tempo", rounded(point.tempo)}});
  }
  object["tempo_curve"] = std::move(curve);
}

void add_tonality(const audio::Tonality& tonality, json::object& object) {
  object["key"] = nullptr;
  if (tonality.tonic >= 0) {
    object["key"] = {{"tonic", tonality.tonic_name()},
                     {"mode", tonality.mode_name()},
                     {"confidence", tonality.confidence},
                     {"camelot", tonality.camelot()}};
  }
  object["tuning_cents"] = tonality.tuning_cents;
  json::array chords;
  for (const audio::Chord& chord : tonality.chords) {
    chords.push_back({{"start", rounded(chord.start)}, {"end", rounded(chord.end)}, {"chord", chord.name()}});
  }
  object["chords"] = std::move(chords);
}

json::value or_null(const std::optional<double>& value) { return value ? json::value(*value) : json::value(); }

void add_quality(const std::optional<audio::Quality>& assessed, json::object& object) {
  if (!assessed) {
    for (const char* key : {"quality_score", "quality", "loudness"}) object[key] = nullptr;
    return;
  }
  const audio::Quality& quality = *assessed;
  object["quality_score"] = quality.score;
  json::array issues;
  for (const audio::Finding& finding : quality.findings) {
    issues.push_back({{"kind", finding.kind},
                      {"severity", audio::to_string(finding.severity)},
                      {"start", rounded(finding.start)},
                      {"end", rounded(finding.end)},
                      {"value", finding.value},
                      {"unit", finding.unit},
                      {"detail", finding.detail}});
  }
  object["quality"] = {{"issues", std::move(issues)}};
  const audio::Loudness& loudness = quality.loudness;
  object["loudness"] = {{"integrated_lufs", or_null(loudness.integrated_lufs)},
                        {"range_lu", loudness.range_lu},
                        {"true_peak_dbtp", or_null(loudness.true_peak_dbtp)},
                        {"max_momentary_lufs", or_null(loudness.max_momentary_lufs)},
                        {"max_short_term_lufs", or_null(loudness.max_short_term_lufs)}};
}

}  // namespace

json::object to_json(const Analysis& analysis) {
  json::object object;
  object["duration"] = analysis.duration;
  object["sample_rate"] = analysis.sample_rate;
  object["channels"] = analysis.channels;
  object["codec"] = analysis.codec;
  add_rhythm(analysis.rhythm, object);
  add_tonality(analysis.tonality, object);
  add_quality(analysis.quality, object);
  add_descriptors(analysis.descriptors, object);
  object["audio_features"] = to_json(analysis.features);
  object["fingerprint"] = analysis.fingerprint.empty() ? json::value() : json::value(analysis.fingerprint);
  if (!analysis.notes.empty()) object["notes"] = json::array(analysis.notes.begin(), analysis.notes.end());
  return object;
}

}  // namespace mla::analysis
