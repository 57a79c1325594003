#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include <xxhash.h>

#include "knowledge/audio/fingerprint/landmarks.h"

// The bytes of an index of landmarks (docs/formats.md): header, rows, directory, places, rests, names; each part begins
// at a multiple of 8.
namespace mla::audio {

static_assert(std::endian::native == std::endian::little, "the index is mapped as it lies on disk");

inline constexpr std::uint64_t kIndexMagic = 0x31584449414C4DULL;  // "MLAIDX1"
inline constexpr std::uint32_t kIndexVersion = 1;
// Changes with every change of peaks, pairs or hashes: landmarks of two versions cannot be compared.
inline constexpr std::uint32_t kLandmarkVersion = 1;
inline constexpr std::uint64_t kMaxFrames = UINT32_MAX;  // of all recordings together, a thousand days

struct IndexHeader {
  std::uint64_t magic = kIndexMagic;
  std::uint32_t version = kIndexVersion;
  std::uint32_t landmark_version = kLandmarkVersion;
  std::uint64_t recordings = 0;
  std::uint64_t landmarks = 0;
  std::uint64_t name_bytes = 0;
  std::uint64_t directory_bits = 0;
  std::uint64_t checksum = 0;         // XXH3 of all that follows the header
  std::uint64_t header_checksum = 0;  // of the header before this field
};
static_assert(sizeof(IndexHeader) == 64);

struct IndexRow {
  std::uint64_t bytes;
  std::int64_t modified_ns;
  std::uint64_t name_end;  // in the names
  std::uint32_t start;     // first frame on the time line: where the recording before it ends
  std::uint32_t frames;
};
static_assert(sizeof(IndexRow) == 32);

inline std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

inline std::uint64_t checksum(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

inline std::uint64_t header_checksum(const IndexHeader& header) {
  return XXH3_64bits(&header, offsetof(IndexHeader, header_checksum));
}

// The size of the file, nothing if no such file can be.
inline std::optional<std::uint64_t> index_size(const IndexHeader& header) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  if (header.directory_bits < kLandmarkBits - 8 || header.directory_bits > kLandmarkBits) return std::nullopt;
  if (header.recordings > UINT32_MAX || header.landmarks > UINT32_MAX || header.name_bytes > kMost) return std::nullopt;
  const std::uint64_t rests = header.directory_bits < kLandmarkBits ? header.landmarks : 0;
  return sizeof header + header.recordings * sizeof(IndexRow) +
         padded(((std::uint64_t{1} << header.directory_bits) + 1) * 4) + padded(header.landmarks * 4) + padded(rests) +
         padded(header.name_bytes);
}

}  // namespace mla::audio
