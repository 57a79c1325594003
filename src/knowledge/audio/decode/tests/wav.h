#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

// WAV files as bytes, for tests.
namespace mla::audio::testing {

enum class WavFormat : std::uint16_t { kPcm = 1, kFloat = 3 };

// `payload` holds the samples as they lie in the file: interleaved, little-endian.
inline std::string wav_bytes(std::string_view payload, int channels, int rate, int bits,
                             WavFormat format = WavFormat::kPcm) {
  std::string out;
  const auto put = [&out](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
  };
  const int frame = channels * bits / 8;
  out += "RIFF";
  put(36 + payload.size(), 4);
  out += "WAVEfmt ";
  put(16, 4);
  put(static_cast<std::uint16_t>(format), 2);
  put(static_cast<std::uint64_t>(channels), 2);
  put(static_cast<std::uint64_t>(rate), 4);
  put(static_cast<std::uint64_t>(rate) * static_cast<std::uint64_t>(frame), 4);
  put(static_cast<std::uint64_t>(frame), 2);
  put(static_cast<std::uint64_t>(bits), 2);
  out += "data";
  put(payload.size(), 4);
  out += payload;
  return out;
}

template <class T>
std::string raw(const std::vector<T>& samples) {
  return {reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(T)};
}

inline std::string wav16(const std::vector<std::int16_t>& samples, int channels, int rate) {
  return wav_bytes(raw(samples), channels, rate, 16);
}

inline std::string wav_float(const std::vector<float>& samples, int channels, int rate) {
  return wav_bytes(raw(samples), channels, rate, 32, WavFormat::kFloat);
}

inline std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace mla::audio::testing
