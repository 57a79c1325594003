#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/file.h"
#include "foundation/base/result.h"
#include "knowledge/audio/fingerprint/landmarks.h"

namespace mla::audio {

struct IndexRow;  // impl/index_layout.h

// A recording as it goes into an index.
struct IndexedRecording {
  std::string file;
  std::uint64_t bytes = 0;       // size of the file
  std::int64_t modified_ns = 0;  // and its last change, since 1970
  std::uint32_t frames = 0;      // its length, of SpectralPeaks::kFrameSeconds
  std::vector<Landmark> landmarks;
};

// The same, seen in an index.
struct RecordingView {
  std::string_view file;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint32_t start = 0;  // its first frame on the index's time line, on which all recordings stand in a row
  std::uint32_t frames = 0;
};

// An index of recordings by their landmarks: a mapped file (docs/formats.md), about 4 bytes a landmark, whose header,
// tables and sizes are checked when it is opened; what lies behind them is checked as it is read, so that a hostile
// file can give wrong answers but nothing worse. Thread-safe.
class LandmarkIndex {
 public:
  // Errors: kNotFound, kIo, …; kCorrupt if it is no index or a damaged one, kUnsupported if another version made it.
  static base::Result<LandmarkIndex> open(const std::filesystem::path& path);

  std::size_t size() const { return rows_.size(); }
  RecordingView recording(std::size_t number) const;
  // The number of the recording that a place on the time line belongs to, size() if there is none.
  std::size_t recording_at(std::uint32_t place) const;
  std::size_t landmarks() const { return places_.size(); }

  // Where a landmark occurs, places on the time line in rising order. REQUIRES: hash < 2^kLandmarkBits.
  std::span<const std::uint32_t> places(std::uint32_t hash) const;

  // kCorrupt if the file is not the one that was written (a checksum of everything).
  base::Status verify() const;
  // All recordings with their landmarks, to make another index of them.
  std::vector<IndexedRecording> recordings() const;

 private:
  explicit LandmarkIndex(base::MappedFile file) : file_(std::move(file)) {}
  base::Status read();

  base::MappedFile file_;
  std::string name_;
  std::uint64_t checksum_ = 0;
  int directory_bits_ = 0;
  std::span<const IndexRow> rows_;
  std::span<const std::uint32_t> directory_;  // 2^directory_bits_ + 1 begins into places_
  std::span<const std::uint32_t> places_;
  std::span<const std::uint8_t> rest_;  // of each place, the bits of its hash below the directory's
  std::span<const char> names_;
};

// Writes an index, whole or not at all. Errors: kTooLarge beyond 2^32 landmarks or frames, kDiskFull, kIo, ….
base::Status write_landmark_index(const std::filesystem::path& path, std::span<const IndexedRecording> recordings);

}  // namespace mla::audio
