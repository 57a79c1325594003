#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/audio/descriptors/track_vector.h"
#include "operations/pipelines/library/library_files.h"

namespace mla::pipelines {

// Counts up when an analysis says something else of the same file, so that what is stored is made anew. The track
// vector has a version of its own, audio::kTrackVectorVersion.
inline constexpr int kSoundVersion = 1;

// The main results of one analysis (docs/audio.md says what each means). Nothing is made up: what was not found is
// empty.
struct TrackSound {
  std::string payload;  // which sound: LibraryFile::payload; copies of a file share it
  std::string tagger;   // which model said genres and moods; empty: none was at hand
  std::string problem;  // why the file could not be analysed; then all below is empty

  std::optional<audio::TrackVector> vector;  // length 1; nothing of silence
  std::optional<double> tempo;               // BPM
  double tempo_confidence = 0;               // 0 … 1
  std::string tonic;                         // "C", "C#", "Db", …; empty: no key was found
  std::string mode;                          // "major" or "minor"
  double key_confidence = 0;                 // 0 … 1
  std::optional<double> integrated_lufs;
  std::optional<double> true_peak_dbtp;
  std::map<std::string, double> genres;    // probabilities, sum 1
  std::map<std::string, double> moods;     // 0 … 1
  std::map<std::string, double> features;  // energy, valence, … 0 … 1 (docs/audio-features.md)
  bool operator==(const TrackSound&) const = default;

  // The most probable genre, or the mood that is felt most; nullptr if there is none.
  const std::pair<const std::string, double>* likeliest_genre() const;
  const std::pair<const std::string, double>* strongest_mood() const;
};

// What the files of the library sound like. Thread-safe; what a write acknowledged survives kill -9.
class LibrarySounds {
 public:
  // Brings the schema up to date; refuses a newer one. `database` must outlive this.
  static base::Result<LibrarySounds> open(store::Database& database);

  // Nothing for a sound that was not analysed, or by an analysis or track vector of another version.
  base::Result<std::optional<TrackSound>> find(const std::string& payload) const;
  // Every item of the library whose file has such a sound without a problem, files that are gone too, by id.
  base::Status for_each(const std::function<base::Status(const base::ItemId&, TrackSound)>& visit) const;
  // Files below `folder` (as LibraryFiles::for_each) that are there and were not analysed with this version and
  // `tagger` yet, by path, without tags; of copies one.
  base::Result<std::vector<LibraryFile>> missing(const std::string& folder, const std::string& tagger) const;

  // Adds sounds, or replaces what is known of a payload: all or none.
  base::Status put(std::span<const TrackSound> sounds);

 private:
  explicit LibrarySounds(store::Database& database) : database_(&database) {}
  store::Database* database_;
};

}  // namespace mla::pipelines
