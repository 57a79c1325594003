#include <algorithm>

#include <fmt/format.h>

#include "knowledge/audio/fingerprint/impl/index_layout.h"
#include "knowledge/audio/fingerprint/landmark_index.h"

namespace mla::audio {
namespace {

using base::Error;
using base::ErrorCode;

// Below so many landmarks a directory of all hashes would be larger than the landmarks.
constexpr std::uint64_t kLarge = std::uint64_t{1} << 22;

template <class T>
T* part(std::string& bytes, std::uint64_t& at, std::uint64_t count) {
  auto* begin = reinterpret_cast<T*>(bytes.data() + at);
  at += padded(count * sizeof(T));
  return begin;
}

}  // namespace

base::Status write_landmark_index(const std::filesystem::path& path, std::span<const IndexedRecording> recordings) {
  IndexHeader header;
  header.recordings = recordings.size();
  std::uint64_t frames = 0;
  for (const IndexedRecording& recording : recordings) {
    header.landmarks += recording.landmarks.size();
    header.name_bytes += recording.file.size();
    frames += recording.frames;
  }
  if (header.landmarks > UINT32_MAX || header.recordings > UINT32_MAX || frames > kMaxFrames) {
    return Error{ErrorCode::kTooLarge, fmt::format("'{}' would hold {} landmarks of {:.0f} hours, more than an index "
                                                   "can; make two of it",
                                                   path.string(), header.landmarks,
                                                   static_cast<double>(frames) * SpectralPeaks::kFrameSeconds / 3600)};
  }
  header.directory_bits = static_cast<std::uint64_t>(header.landmarks >= kLarge ? kLandmarkBits : kLandmarkBits - 8);
  const auto rest_bits = static_cast<std::uint32_t>(kLandmarkBits - header.directory_bits);

  std::string bytes(*index_size(header), '\0');
  std::uint64_t at = sizeof header;
  auto* row = part<IndexRow>(bytes, at, header.recordings);
  const std::uint64_t buckets = std::uint64_t{1} << header.directory_bits;
  auto* directory = part<std::uint32_t>(bytes, at, buckets + 1);
  auto* places = part<std::uint32_t>(bytes, at, header.landmarks);
  auto* rests = part<std::uint8_t>(bytes, at, rest_bits > 0 ? header.landmarks : 0);
  auto* names = part<char>(bytes, at, header.name_bytes);

  // Counting sort by hash; within a hash places rise, as recordings and their landmarks come in order of time.
  std::vector<std::uint32_t> next((std::size_t{1} << kLandmarkBits) + 1, 0);
  for (const IndexedRecording& recording : recordings) {
    for (const Landmark& landmark : recording.landmarks) ++next[landmark.hash + 1];
  }
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  for (std::uint64_t i = 0; i <= buckets; ++i) directory[i] = next[i << rest_bits];
  std::uint32_t start = 0;
  std::uint64_t name_end = 0;
  for (const IndexedRecording& recording : recordings) {
    for (const Landmark& landmark : recording.landmarks) {
      const std::uint32_t place = next[landmark.hash]++;
      places[place] = start + landmark.frame;
      if (rest_bits > 0) rests[place] = static_cast<std::uint8_t>(landmark.hash & ((1U << rest_bits) - 1));
    }
    std::copy(recording.file.begin(), recording.file.end(), names + name_end);
    name_end += recording.file.size();
    *row++ = {recording.bytes, recording.modified_ns, name_end, start, recording.frames};
    start += recording.frames;
  }
  header.checksum = checksum(std::as_bytes(std::span(bytes)).subspan(sizeof header));
  header.header_checksum = header_checksum(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return base::write_file_atomic(path, bytes);
}

}  // namespace mla::audio
