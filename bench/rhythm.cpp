// Tempo, beats, bars, key and chords of audio files, one JSON object a line; bench/rhythm.py compares them with
// annotations and with other programs, tools/rhythm/train.py learns from --features. Instead --judge prints the mean
// scores against the .json beside each file (tools/rhythm/render_pop909.py), and --speed what each step costs, in
// milliseconds of one core per second of audio.
#include "knowledge/audio/rhythm/rhythm.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/dsp/stft.h"
#include "knowledge/audio/rhythm/evaluation.h"
#include "knowledge/audio/tonality/tonality.h"

using namespace mla::audio;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// What a consumer costs apart from the transform that feeds it.
class Timed : public FrameConsumer {
 public:
  explicit Timed(FrameConsumer& inner) : inner_(&inner) {}
  void frame(const Frame& frame) override {
    const auto start = Clock::now();
    inner_->frame(frame);
    spent_ += milliseconds(start, Clock::now());
  }
  void finish() override { inner_->finish(); }
  double spent() const { return spent_; }

 private:
  FrameConsumer* inner_;
  double spent_ = 0.0;
};

std::string chords(const Tonality& tonality) {
  std::string text;
  for (const Chord& chord : tonality.chords)
    text += fmt::format("{}[{:.3f},{:.3f},\"{}\"]", text.empty() ? "" : ",", chord.start, chord.end, chord.name());
  return text;
}

std::string features(const OnsetEnvelope& onsets, const PitchEnvelope& pitches, const Tonality& tonality) {
  std::string levels;
  for (const LevelFeatures& level : level_features(onsets, pitches))
    levels += fmt::format("{}{{\"tempo\":{:.4f},\"f\":[{:.6g}]}}", levels.empty() ? "" : ",", level.tempo,
                          fmt::join(level.values, ","));
  return fmt::format(",\"levels\":[{}],\"key_features\":[{:.6g}]", levels,
                     fmt::join(key_features(pitches, tonality.chords), ","));
}

struct Scores {
  int tracks = 0;
  int keys = 0;
  double accuracy1 = 0.0;
  double accuracy2 = 0.0;
  double beats = 0.0;
  double key = 0.0;
};

// The key that holds longest.
std::optional<KeyName> annotated_key(const boost::json::value& truth) {
  static const std::vector<std::string> kNames = {"C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"};
  std::map<std::string, double> lengths;
  for (const auto& row : truth.at("keys").as_array())
    lengths[std::string(row.at(2).as_string())] += row.at(1).to_number<double>() - row.at(0).to_number<double>();
  if (lengths.empty()) return std::nullopt;
  const auto longest = std::max_element(lengths.begin(), lengths.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::string& name = longest->first;
  const auto tonic = std::find(kNames.begin(), kNames.end(), name.substr(0, name.find(':'))) - kNames.begin();
  return KeyName{static_cast<int>(tonic), name.ends_with(":min")};
}

void judge(std::filesystem::path path, const Rhythm& rhythm, const Tonality& tonality,
           std::map<std::string, Scores>& scores) {
  std::ifstream file(path.replace_extension(".json"));
  const boost::json::value truth = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  Scores& kind = scores[std::string(truth.at("kind").as_string())];
  const auto tempo = truth.at("tempo").to_number<double>();
  kind.tracks += 1;
  kind.accuracy1 += tempo_accuracy1(rhythm.tempo, tempo) ? 1.0 : 0.0;
  kind.accuracy2 += tempo_accuracy2(rhythm.tempo, tempo) ? 1.0 : 0.0;
  kind.beats += beat_f_measure(rhythm.beats, boost::json::value_to<std::vector<double>>(truth.at("beats")));
  const auto key = annotated_key(truth);
  if (!key) return;
  kind.keys += 1;
  if (tonality.tonic >= 0) kind.key += key_score({tonality.tonic, tonality.minor}, *key);
}

void print(const std::map<std::string, Scores>& scores) {
  for (const auto& [kind, s] : scores)
    fmt::print("{:7} {:3} tracks  acc1 {:.3f}  acc2 {:.3f}  beat F {:.3f}  key {:.3f}\n", kind, s.tracks,
               s.accuracy1 / s.tracks, s.accuracy2 / s.tracks, s.beats / s.tracks, s.keys > 0 ? s.key / s.keys : 0.0);
}

}  // namespace

int main(int argc, char** argv) {
  bool with_features = false;
  bool speed = false;
  bool judged = false;
  std::map<std::string, Scores> scores;
  double seconds = 0.0;
  double onset_ms = 0.0;
  double pitch_ms = 0.0;
  double rhythm_ms = 0.0;
  double tonality_ms = 0.0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view path = argv[i];
    if (path.starts_with("--")) {
      speed |= path == "--speed";
      judged |= path == "--judge";
      with_features |= path == "--features";
      continue;
    }
    const auto audio = load_mono(path, 22050);
    if (!audio.ok()) {
      fmt::print(stderr, "{}: {}\n", path, audio.error().message);
      return 1;
    }
    OnsetEnvelope onsets;
    PitchEnvelope pitches;
    Timed onset_time(onsets);
    Timed pitch_time(pitches);
    Stft stft({}, {&onset_time, &pitch_time});
    stft.push(audio->samples);
    stft.finish();
    const auto t2 = Clock::now();
    const Rhythm rhythm = find_rhythm(onsets, pitches);
    const auto t3 = Clock::now();
    const Tonality tonality = find_tonality(pitches, rhythm.beats);
    const auto t4 = Clock::now();
    seconds += static_cast<double>(audio->samples.size()) / 22050.0;
    onset_ms += onset_time.spent();
    pitch_ms += pitch_time.spent();
    rhythm_ms += milliseconds(t2, t3);
    tonality_ms += milliseconds(t3, t4);
    if (judged) judge(path, rhythm, tonality, scores);
    if (speed || judged) continue;
    std::vector<double> downbeats;
    for (const std::size_t beat : rhythm.downbeats) downbeats.push_back(rhythm.beats[beat]);
    fmt::print(
        "{{\"file\":\"{}\",\"tempo\":{:.4f},\"confidence\":{:.4f},\"metre\":{},\"beats\":[{:.4f}],"
        "\"downbeats\":[{:.4f}],\"tonic\":{},\"minor\":{},\"key_confidence\":{:.4f},\"tuning\":{:.2f},"
        "\"chords\":[{}]{}}}\n",
        path, rhythm.tempo, rhythm.confidence, rhythm.metre, fmt::join(rhythm.beats, ","), fmt::join(downbeats, ","),
        tonality.tonic, tonality.minor ? 1 : 0, tonality.confidence, tonality.tuning_cents, chords(tonality),
        with_features ? features(onsets, pitches, tonality) : "");
  }
  print(scores);
  if (speed && seconds > 0.0)
    fmt::print(
        "ms of one core per second of audio, over {:.0f} s: onset envelope {:.3f}, pitch envelope {:.3f}, rhythm "
        "{:.3f}, tonality {:.3f}\n",
        seconds, onset_ms / seconds, pitch_ms / seconds, rhythm_ms / seconds, tonality_ms / seconds);
  return 0;
}
