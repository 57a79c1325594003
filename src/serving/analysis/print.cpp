#include "serving/analysis/print.h"

#include <cmath>
#include <cstring>
#include <type_traits>

#include "knowledge/audio/decode/resampler.h"
#include "serving/analysis/analysis.h"

namespace mla::analysis {
namespace {

constexpr std::uint32_t kMaxFrames = 24 * 3600 * 44;  // a day, the longest recording that is decoded

base::Result<audio::SpectralPeaks> peaks_of(audio::Source& source) {
  audio::SpectralPeaks peaks;
  audio::Stft frames({.sample_rate = kSampleRate, .n_fft = kFrameLength, .hop_length = kHopLength}, {&peaks});
  audio::MonoReader reader(source, kSampleRate);
  for (;;) {
    MLA_ASSIGN(const std::span<const float> samples, reader.read());
    if (samples.empty()) break;
    frames.push(samples);
  }
  frames.finish();
  return peaks;
}

template <class T>
void put(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
void put_all(std::string& bytes, const std::vector<T>& values) {
  put(bytes, static_cast<std::uint32_t>(values.size()));
  for (const T& value : values) put(bytes, value);
}

// Takes values off the front; false beyond the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  bool take(T& value) {
    if (bytes_.size() < sizeof value) return false;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return true;
  }
  template <class T>
  bool take_all(std::vector<T>& values) {
    std::uint32_t count = 0;
    if (!take(count) || bytes_.size() / sizeof(T) < count) return false;
    values.resize(count);
    for (T& value : values) take(value);
    return true;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

bool good(const std::vector<audio::SpectralPeak>& peaks, std::uint32_t frames) {
  std::uint32_t before = 0;
  for (const audio::SpectralPeak& peak : peaks) {
    if (peak.frame < before || peak.frame >= frames || !std::isfinite(peak.level)) return false;
    if (!(peak.octave >= 0 && peak.octave < 8)) return false;
    before = peak.frame;
  }
  return true;
}

base::Error garbage() { return {base::ErrorCode::kCorrupt, "not a print"}; }

}  // namespace

base::Result<IndexPrint> index_print(audio::Source& source) {
  MLA_ASSIGN(const audio::SpectralPeaks peaks, peaks_of(source));
  return IndexPrint{static_cast<std::uint32_t>(peaks.frames()), audio::index_landmarks(peaks.peaks())};
}

base::Result<QueryPrint> query_print(audio::Source& source) {
  MLA_ASSIGN(const audio::SpectralPeaks peaks, peaks_of(source));
  return QueryPrint{static_cast<std::uint32_t>(peaks.frames()), audio::query_stretches(peaks.peaks(), peaks.frames())};
}

std::string to_bytes(const IndexPrint& print) {
  std::string bytes;
  put(bytes, print.frames);
  put_all(bytes, print.landmarks);
  return bytes;
}

std::string to_bytes(const QueryPrint& print) {
  std::string bytes;
  put(bytes, print.frames);
  put(bytes, static_cast<std::uint32_t>(print.stretches.size()));
  for (const audio::QueryStretch& stretch : print.stretches) {
    put(bytes, stretch.begin);
    put_all(bytes, stretch.peaks);
  }
  return bytes;
}

base::Result<IndexPrint> read_index_print(std::string_view bytes) {
  Reader reader(bytes);
  IndexPrint print;
  if (!reader.take(print.frames) || !reader.take_all(print.landmarks) || !reader.at_end()) return garbage();
  if (print.frames > kMaxFrames) return garbage();
  std::uint32_t before = 0;
  for (const audio::Landmark& landmark : print.landmarks) {
    if (landmark.hash >> audio::kLandmarkBits != 0 || landmark.frame < before || landmark.frame >= print.frames) {
      return garbage();
    }
    before = landmark.frame;
  }
  return print;
}

base::Result<QueryPrint> read_query_print(std::string_view bytes) {
  constexpr std::uint32_t kMostStretches = 16;
  Reader reader(bytes);
  QueryPrint print;
  std::uint32_t count = 0;
  if (!reader.take(print.frames) || !reader.take(count)) return garbage();
  if (print.frames > kMaxFrames || count > kMostStretches) return garbage();
  print.stretches.resize(count);
  for (audio::QueryStretch& stretch : print.stretches) {
    if (!reader.take(stretch.begin) || !reader.take_all(stretch.peaks)) return garbage();
    if (stretch.begin > print.frames || !good(stretch.peaks, print.frames - stretch.begin)) return garbage();
  }
  if (!reader.at_end()) return garbage();
  return print;
}

}  // namespace mla::analysis
