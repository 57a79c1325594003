#include "operations/pipelines/library/sound_analysis.h"

#include <cmath>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/journal.h"
#include "serving/analysis/tags_json.h"

namespace mla::pipelines {
namespace {

namespace json = boost::json;

constexpr double kSecondsBetweenWrites = 1;

constexpr const char* kFeatures[] = {"danceability",     "energy",      "valence", "acousticness",
                                     "instrumentalness", "speechiness", "liveness"};

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

std::optional<double> number_at(const json::object& object, std::string_view key, double low, double high) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const auto number = value->to_number<double>();
  return number >= low && number <= high ? std::optional(number) : std::nullopt;
}

std::string text_at(const json::object& object, std::string_view key) {
  constexpr std::size_t kLongest = 16;
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string() || value->get_string().size() > kLongest) return {};
  return std::string(value->get_string());
}

std::map<std::string, double> shares_at(const json::object& object, std::string_view key) {
  std::map<std::string, double> shares;
  if (const json::object* found = object_at(object, key)) {
    for (const auto& entry : *found) {
      if (const auto share = number_at(*found, entry.key(), 0, 1)) shares[entry.key()] = *share;
    }
  }
  return shares;
}

std::optional<audio::TrackVector> vector_of(const json::object& analysis) {
  constexpr double kOff = 1e-3;  // from length 1
  const json::object* said = object_at(analysis, "vector");
  if (said == nullptr || number_at(*said, "version", 0, 1e6) != double{audio::kTrackVectorVersion}) return std::nullopt;
  const json::value* values = said->if_contains("values");
  if (values == nullptr || !values->is_array() || values->get_array().size() != audio::kTrackVectorSize)
    return std::nullopt;
  audio::TrackVector vector{};
  double squares = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const json::value& value = values->get_array()[i];
    if (!value.is_number()) return std::nullopt;
    vector[i] = value.to_number<float>();
    squares += static_cast<double>(vector[i]) * static_cast<double>(vector[i]);
  }
  if (!(std::abs(squares - 1) < kOff)) return std::nullopt;  // 0 of silence
  return vector;
}

// Collects sounds and writes them in time; the full analyses first, so that a sound that is there has its own.
class Writer {
 public:
  Writer(LibrarySounds& sounds, Analyses* archive) : sounds_(sounds), archive_(archive) {}

  base::Status add(TrackSound sound, json::object analysis) {
    if (archive_ != nullptr && !analysis.empty()) full_.push_back({sound.payload, std::move(analysis)});
    waiting_.push_back(std::move(sound));
    return base::monotonic_seconds() - written_ < kSecondsBetweenWrites ? base::Status() : flush();
  }
  base::Status flush() {
    if (archive_ != nullptr) MLA_CHECK(archive_->put(full_, base::SystemClock().now()));
    full_.clear();
    MLA_CHECK(sounds_.put(waiting_));
    waiting_.clear();
    written_ = base::monotonic_seconds();
    return {};
  }

 private:
  LibrarySounds& sounds_;
  Analyses* archive_;
  std::vector<Analyses::Found> full_;
  std::vector<TrackSound> waiting_;
  double written_ = base::monotonic_seconds();
};

bool is_as_it_was(const LibraryFile& file) {
  const analysis::FileStamp now = analysis::stamp_of(file.path);
  return now.bytes == static_cast<std::uint64_t>(file.stamp.size) && now.modified_ns == file.stamp.modified_ns;
}

}  // namespace

TrackSound to_sound(const json::object& analysis) {
  TrackSound sound;
  const json::object* spectrum = object_at(analysis, "spectral_features");
  const bool silent = spectrum != nullptr && number_at(*spectrum, "spectral_centroid", 0, 0).has_value();
  if (!silent) sound.vector = vector_of(analysis);
  sound.tempo = number_at(analysis, "tempo", 1, 1000);
  if (sound.tempo) sound.tempo_confidence = number_at(analysis, "tempo_confidence", 0, 1).value_or(0);
  if (const json::object* key = object_at(analysis, "key")) {
    sound.tonic = text_at(*key, "tonic");
    sound.mode = text_at(*key, "mode");
    sound.key_confidence = number_at(*key, "confidence", 0, 1).value_or(0);
  }
  if (const json::object* loudness = object_at(analysis, "loudness")) {
    sound.integrated_lufs = number_at(*loudness, "integrated_lufs", -200, 100);
    sound.true_peak_dbtp = number_at(*loudness, "true_peak_dbtp", -400, 100);
  }
  sound.genres = shares_at(analysis, "genre_prediction");
  sound.moods = shares_at(analysis, "mood_analysis");
  if (const json::object* features = object_at(analysis, "audio_features")) {
    for (const char* name : kFeatures) {
      if (const auto value = number_at(*features, name, 0, 1)) sound.features[name] = *value;
    }
  }
  return sound;
}

base::Result<SoundReport> analyse_library(LibrarySounds& sounds, const std::string& folder, const NamedTagger& tagger,
                                          const SoundOptions& options, base::Work& work) {
  MLA_ASSIGN(const std::vector<LibraryFile> files, sounds.missing(folder == "/" ? "" : folder, tagger.name));
  SoundReport report;
  if (files.empty()) return report;
  std::vector<std::filesystem::path> paths;
  for (const LibraryFile& file : files) paths.emplace_back(file.path);
  analysis::BatchOptions batch;
  batch.jobs = options.jobs;
  batch.worker = options.worker;
  batch.wanted.leave_out(analysis::Part::kFingerprint);
  Writer writer(sounds, options.archive);
  base::Status written;
  work.progress.begin("analysing files", files.size());
  const base::Status ran = analysis::analyze_files(
      paths, batch, work.progress, work.cancel, [&](std::size_t index, analysis::Outcome outcome) {
        const LibraryFile& file = files[index];
        if (!is_as_it_was(file)) {
          ++report.changed;
          return true;
        }
        TrackSound sound;
        if (outcome.error) {
          sound.problem = fmt::format("{}: {}", outcome.error->code, outcome.error->message);
          report.problems.push_back(fmt::format("{}: {}", file.path, sound.problem));
        } else {
          if (tagger.tagger != nullptr) analysis::add_tags(*tagger.tagger, outcome.excerpts, outcome.analysis);
          sound = to_sound(outcome.analysis);
        }
        sound.payload = file.payload;
        sound.tagger = tagger.name;
        ++report.analysed;
        written = writer.add(std::move(sound), std::move(outcome.analysis));
        return written.ok();
      });
  work.progress.end();
  MLA_CHECK(written);
  MLA_CHECK(writer.flush());  // also what was done before Ctrl-C
  MLA_CHECK(ran);
  return report;
}

}  // namespace mla::pipelines
