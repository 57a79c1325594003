#include "serving/analysis/summary.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mla::analysis {
namespace {

namespace json = boost::json;

std::optional<double> number(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::string printable(std::string_view word) {
  std::string copy(word);
  std::replace_if(
      copy.begin(), copy.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }, ' ');
  return copy;
}

std::string text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return printable(value->get_string());
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

void add_tempo(const json::object& object, std::string& out) {
  const auto tempo = number(object, "tempo");
  if (!tempo) return;
  if (*tempo <= 0) {
    out += "  tempo     none found\n";
    return;
  }
  out += fmt::format("  tempo     {:.1f} BPM", *tempo);
  if (const auto confidence = number(object, "tempo_confidence")) out += fmt::format(" ({})", percent(*confidence));
  if (const json::value* beats = object.if_contains("beats"); beats != nullptr && beats->is_array()) {
    out += fmt::format(", {} beats", beats->get_array().size());
  }
  if (const auto metre = number(object, "metre"); metre && *metre > 0) out += fmt::format(", {:.0f} in a bar", *metre);
  out += '\n';
}

void add_key(const json::object& object, std::string& out) {
  const json::value* key = object.if_contains("key");
  if (key == nullptr || !key->is_object()) return;
  const json::object& inner = key->get_object();
  out += fmt::format("  key       {} {}", text(inner, "tonic"), text(inner, "mode"));
  if (const auto confidence = number(inner, "confidence")) out += fmt::format(" ({})", percent(*confidence));
  if (const std::string camelot = text(inner, "camelot"); !camelot.empty()) out += ", Camelot " + camelot;
  out += '\n';
}

// The `most` largest of {name: 0 … 1}, "rock 62 %, pop 30 %"; empty if it is no such object.
std::string largest(const json::object& object, std::string_view key, std::size_t most) {
  const json::value* shares = object.if_contains(key);
  if (shares == nullptr || !shares->is_object()) return {};
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [name, share] : shares->get_object()) {
    if (share.is_number()) sorted.emplace_back(-share.to_number<double>(), printable(name));
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> words;
  for (const auto& [share, name] : sorted) {
    if (words.size() < most) words.push_back(name + " " + percent(-share));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void add_tags(const json::object& object, std::string& out) {
  const json::value* in_domain = object.if_contains("in_domain");
  const bool foreign = in_domain != nullptr && in_domain->is_bool() && !in_domain->get_bool();
  const char* const remark = foreign ? " (unlike the music that the model learnt from)" : "";
  if (const std::string genre = largest(object, "genre_prediction", 2); !genre.empty()) {
    out += fmt::format("  genre     {}{}\n", genre, remark);
  }
  if (const std::string mood = largest(object, "mood_analysis", 3); !mood.empty()) {
    out += fmt::format("  mood      {}{}\n", mood, remark);
  }
}

// Those of Spotify's features that no other line has.
void add_audio_features(const json::object& object, std::string& out) {
  const json::value* features = object.if_contains("audio_features");
  if (features == nullptr || !features->is_object()) return;
  std::vector<std::string> words;
  for (const char* name :
       {"danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness"}) {
    if (const auto value = number(features->get_object(), name))
      words.push_back(fmt::format("{} {:.2f}", name, *value));
  }
  if (!words.empty()) out += fmt::format("  features  {}\n", fmt::join(words, ", "));
}

void add_spectrum(const json::object& object, std::string& out) {
  const json::value* features = object.if_contains("spectral_features");
  if (features == nullptr || !features->is_object()) return;
  const auto centroid = number(features->get_object(), "spectral_centroid");
  const auto rolloff = number(features->get_object(), "spectral_rolloff");
  if (centroid && rolloff)
    out += fmt::format("  spectrum  centroid {:.0f} Hz, rolloff {:.0f} Hz\n", *centroid, *rolloff);
}

// What a person should know of the recording, the first few.
void add_findings(const json::object& object, std::string& out) {
  constexpr std::size_t kShown = 5;
  const json::value* quality = object.if_contains("quality");
  if (quality == nullptr || !quality->is_object()) return;
  const json::value* issues = quality->get_object().if_contains("issues");
  if (issues == nullptr || !issues->is_array()) return;
  std::size_t shown = 0;
  for (const json::value& issue : issues->get_array()) {
    if (!issue.is_object()) continue;
    if (shown++ == kShown) {
      out += fmt::format("            and {} more (--json)\n", issues->get_array().size() - kShown);
      return;
    }
    out += fmt::format("  {:<9} at {:.1f} s: {}\n", text(issue.get_object(), "severity"),
                       number(issue.get_object(), "start").value_or(0), text(issue.get_object(), "detail"));
  }
}

}  // namespace

std::string summary(const json::object& object) {
  std::string out = text(object, "file") + "\n";
  if (const json::value* error = object.if_contains("error"); error != nullptr && error->is_object()) {
    return out + fmt::format("  error     {} ({})\n", text(error->get_object(), "message"),
                             text(error->get_object(), "code"));
  }
  const double seconds = number(object, "duration").value_or(0);
  const auto whole = static_cast<long long>(std::llround(seconds));
  out += fmt::format("  audio     {}:{:02}, {:.0f} Hz, {:.0f} channel(s), {}\n", whole / 60, whole % 60,
                     number(object, "sample_rate").value_or(0), number(object, "channels").value_or(0),
                     text(object, "codec"));
  add_tempo(object, out);
  add_key(object, out);
  add_tags(object, out);
  add_audio_features(object, out);
  add_spectrum(object, out);
  if (const json::value* loudness = object.if_contains("loudness"); loudness != nullptr && loudness->is_object()) {
    if (const auto lufs = number(loudness->get_object(), "integrated_lufs")) {
      out += fmt::format("  loudness  {:.1f} LUFS\n", *lufs);
    }
  }
  if (const auto score = number(object, "quality_score")) out += fmt::format("  quality   {}\n", percent(*score));
  add_findings(object, out);
  if (const json::value* notes = object.if_contains("notes"); notes != nullptr && notes->is_array()) {
    for (const json::value& note : notes->get_array()) {
      if (note.is_string()) out += fmt::format("  note      {}\n", std::string_view(note.get_string()));
    }
  }
  return out;
}

}  // namespace mla::analysis
