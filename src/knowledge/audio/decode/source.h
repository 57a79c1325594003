#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"
#include "foundation/math/matrix.h"

namespace mla::audio {

// What a file may ask of us. Beyond it `Source` answers kTooLarge or kUnsupported.
struct DecodeLimits {
  double max_seconds = 24 * 3600.0;
  int max_channels = 64;
  int min_sample_rate = 1000;  // Hz
  int max_sample_rate = 768000;
};

struct SourceInfo {
  int sample_rate = 0;           // Hz, of the first decoded frame
  int channels = 0;              // of the first decoded frame
  std::string codec;             // libav's name: "mp3", "flac", "pcm_s16le", …
  std::string container;         // libav's name: "mp3", "ogg", "mov,mp4,m4a,3gp,3g2,mj2", …
  bool lossless = false;         // the codec keeps what it was given
  int bits = 0;                  // a sample as stored, 0 if that means nothing (floats, lossy codecs)
  bool integers = false;         // decoded as integers of at most 16 bits, whatever `bits` says
  double duration_hint = 0;      // seconds as the headers say, 0 if they do not; `SourceCounts::frames` is the truth
  std::uint64_t size_bytes = 0;  // when it was opened
};

// What was met while reading.
struct SourceCounts {
  std::uint64_t frames = 0;           // samples of one channel given out
  std::uint64_t replaced = 0;         // NaN and infinite samples that became 0
  std::uint64_t damaged_packets = 0;  // could not be decoded and were left out
};

// A pull decoder: one audio file (the first or default audio stream) as 32-bit float samples, channel by channel, at
// the file's own rate; full scale of integer formats is 1. Memory does not depend on the length. Equal to what ffmpeg's
// command line decodes: encoder delay and padding are trimmed, gaps in time stamps are not filled. Formats are those of
// an allow-list of demuxers and decoders (docs/audio.md); nothing but the given bytes is ever opened: no network, no
// playlists, no references to other files. Not thread-safe; several objects at once are.
class Source {
 public:
  // Opens a regular file for reading; what is appended later is not read.
  // Errors: kNotFound, kPermission, kIo; kInvalidArgument if it is no regular file or is empty; kUnsupported if it is
  // no audio that we know or outside the limits of rate and channels; kCorrupt if nothing in it can be decoded.
  static base::Result<Source> open(const std::filesystem::path& path, const DecodeLimits& limits = {});
  // The same of an open descriptor, which is not closed here and has to stay open; `name` is for messages.
  static base::Result<Source> open_descriptor(int descriptor, std::string_view name, const DecodeLimits& limits = {});
  // The same of bytes, which have to stay.
  static base::Result<Source> open_bytes(std::span<const std::byte> bytes, std::string_view name,
                                         const DecodeLimits& limits = {});
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  // The same bytes from their start, as a source of its own; what this one reads from has to stay as long.
  base::Result<Source> again() const;

  const SourceInfo& info() const;
  const SourceCounts& counts() const;

  // The next channels × frames samples; no frames at the end. Valid until the next call.
  // Errors: kTooLarge beyond max_seconds, kUnsupported if the sample rate changes on the way, kIo.
  base::Result<math::ConstMatrixView> read();

 private:
  class Impl;
  explicit Source(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A regular file opened for reading without blocking on pipes and devices.
// Errors as `Source::open` gives them for paths.
base::Result<base::Descriptor> open_regular_file(const std::filesystem::path& path);

}  // namespace mla::audio
