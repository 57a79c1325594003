// Tempo, beats, bars, key and chords of audio files, one JSON object a line; bench/rhythm.sh compares them with
// annotations and with other programs, tools/rhythm/train.py learns from --features.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/rhythm/impl/bars.h"
#include "knowledge/audio/rhythm/impl/levels.h"
#include "knowledge/audio/rhythm/rhythm.h"
#include "knowledge/audio/tonality/tonality.h"

using namespace mla::audio;

namespace {

void fft(std::vector<std::complex<float>>& a) {
  const std::size_t n = a.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(a[i], a[j]);
  }
  static std::vector<std::complex<float>> w;
  if (w.size() != n) {
    w.resize(n);
    for (std::size_t i = 0; i < n; ++i) w[i] = std::polar(1.0F, static_cast<float>(-2.0 * std::numbers::pi * i / n));
  }
  for (std::size_t len = 2; len <= n; len <<= 1)
    for (std::size_t i = 0; i < n; i += len)
      for (std::size_t k = 0; k < len / 2; ++k) {
        const auto t = w[k * (n / len)];
        const auto b = a[i + k + len / 2];
        const std::complex<float> v(t.real() * b.real() - t.imag() * b.imag(), t.real() * b.imag() + t.imag() * b.real());
        const auto u = a[i + k];
        a[i + k] = u + v;
        a[i + k + len / 2] = u - v;
      }
}

bool hear(const std::string& path, OnsetEnvelope& onsets, PitchEnvelope& pitches) {
  const std::string cache = path + ".env";
  if (FILE* f = std::fopen(cache.c_str(), "rb")) {
    std::uint64_t n[2];
    if (std::fread(n, 8, 2, f) != 2) return false;
    std::array<std::uint8_t, 4> r{};
    for (std::uint64_t i = 0; i < n[0]; ++i) { if (std::fread(r.data(), 1, 4, f) != 4) return false; onsets.add_rises(r); }
    PitchEnvelope::Row row;
    for (std::uint64_t i = 0; i < n[1]; ++i) { if (std::fread(&row, 1, 25, f) != 25) return false; pitches.add_row(row); }
    std::fclose(f);
    return true;
  }
  auto audio = load_mono(path, 22050);
  if (!audio.ok()) { fmt::print(stderr, "{}\n", audio.error().message); return false; }
  std::vector<float> x = std::move(audio->samples);
  const std::size_t frames = 1 + x.size() / 512;
  x.insert(x.begin(), 1024, 0.0F);
  x.resize(x.size() + 2048, 0.0F);
  std::vector<float> window(2048);
  for (int i = 0; i < 2048; ++i) window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / 2048);
  std::vector<std::complex<float>> a(2048);
  std::vector<float> power(1025);
  for (std::size_t t = 0; t < frames; ++t) {
    for (int i = 0; i < 2048; ++i) a[i] = x[t * 512 + i] * window[i];
    fft(a);
    for (int i = 0; i < 1025; ++i) power[i] = std::norm(a[i]);
    onsets.add(power);
    pitches.add(power);
  }
  pitches.finish();
  if (FILE* f = std::fopen(cache.c_str(), "wb")) {
    std::uint64_t n[2] = {onsets.frames(), pitches.rows().size()};
    std::fwrite(n, 8, 2, f);
    for (std::size_t i = 0; i < onsets.frames(); ++i)
      for (int r = 0; r < 4; ++r) std::fputc(onsets.rise(i, r), f);
    for (const auto& row : pitches.rows()) std::fwrite(&row, 1, 25, f);
    std::fclose(f);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bool features = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--features") == 0) { features = true; continue; }
    OnsetEnvelope onsets;
    PitchEnvelope pitches;
    if (!hear(argv[i], onsets, pitches)) continue;
    const Rhythm r = find_rhythm(onsets, pitches);
    const Tonality k = find_tonality(pitches, r.beats);
    std::vector<double> down;
    for (auto d : r.downbeats) down.push_back(r.beats[d]);
    std::string line = fmt::format("{{\"file\":\"{}\",\"tempo\":{:.4f},\"confidence\":{:.4f},\"metre\":{},\"beats\":[{:.4f}],\"downbeats\":[{:.4f}]",
                                   argv[i], r.tempo, r.confidence, r.metre, fmt::join(r.beats, ","), fmt::join(down, ","));
    line += fmt::format(",\"tonic\":{},\"minor\":{},\"key_confidence\":{:.4f},\"tuning\":{:.2f}", k.tonic, k.minor ? 1 : 0, k.confidence, k.tuning_cents);
    line += ",\"chords\":[";
    for (std::size_t c = 0; c < k.chords.size(); ++c)
      line += fmt::format("{}[{:.3f},{:.3f},\"{}\"]", c ? "," : "", k.chords[c].start, k.chords[c].end, k.chords[c].name());
    line += "]";
    if (features) {
      const auto signals = rhythm::make_signals(onsets, pitches);
      const rhythm::Tempogram tempogram(signals);
      const auto periods = rhythm::pulse_path(tempogram);
      const auto levels = rhythm::weigh_levels(signals, tempogram, periods);
      line += fmt::format(",\"clarity\":{:.4f},\"levels\":[", tempogram.mean_onset(periods, 1.0));
      for (std::size_t l = 0; l < levels.size(); ++l) {
        std::vector<double> beats;
        for (double b : levels[l].beats) beats.push_back(b / OnsetEnvelope::kFrameRate);
        line += fmt::format("{}{{\"ratio\":{:.4f},\"tempo\":{:.4f},\"f\":[{:.6g}],\"beats\":[{:.4f}]}}", l ? "," : "", levels[l].ratio,
                            levels[l].tempo, fmt::join(levels[l].features, ","), fmt::join(beats, ","));
      }
      line += fmt::format("],\"key_features\":[{:.6g}]", fmt::join(key_features(pitches, k.chords), ","));
    }
    fmt::print("{}}}\n", line);
  }
  return 0;
}
