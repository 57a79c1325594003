// Look-ups in a large index: fingerprint_scale MUSIC [--recordings 10000] [--minutes 4]. Every other file of MUSIC goes
// into the index as it is; the rest of the recordings are generated: stretches of five seconds of the landmarks of
// those files, transposed by four semitones or less and put in a row at random, so that hashes are as frequent as in
// music. Asks for five seconds of every file, in the index or not, and prints milliseconds of processor time and bytes.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/fingerprint/identify.h"

namespace {

using namespace mla;
using audio::IndexedRecording;
using audio::Landmark;
using audio::SpectralPeak;

constexpr std::uint32_t kStretch = 215;  // frames, five seconds

struct File {
  std::vector<SpectralPeak> peaks;
  IndexedRecording recording;
};

File hear(const std::filesystem::path& path) {
  const auto loaded = audio::load_mono(path, 22050);
  if (!loaded.ok()) throw base::Failure(loaded.error());
  audio::SpectralPeaks peaks;
  audio::Stft stft({}, {&peaks});
  stft.push(loaded->samples);
  stft.finish();
  return {peaks.peaks(),
          {path.string(), 0, 0, static_cast<std::uint32_t>(peaks.frames()), audio::index_landmarks(peaks.peaks())}};
}

// A hash moved by so many 48ths of an octave; the same if its pitch would leave the range.
std::uint32_t transposed(std::uint32_t hash, int steps) {
  const int pitch = static_cast<int>(hash >> 13) + steps;
  return pitch < 0 || pitch > 255 ? hash : (static_cast<std::uint32_t>(pitch) << 13) | (hash & 0x1FFF);
}

IndexedRecording generate(const std::vector<IndexedRecording>& known, std::uint64_t number, std::uint32_t frames) {
  base::Random draw = base::Random::stream(1, number);
  IndexedRecording made{
      fmt::format("/music/artist {}/album/{:02} a title.flac", number / 12, number % 12), 0, 0, frames, {}};
  for (std::uint32_t at = 0; at + kStretch <= frames; at += kStretch) {
    const IndexedRecording& from = known[draw.below(known.size())];
    if (from.frames <= kStretch) continue;
    const auto begin = static_cast<std::uint32_t>(draw.below(from.frames - kStretch));
    // Never by so little that it is the recording itself played faster.
    const int steps = (draw.below(2) == 0 ? -1 : 1) * static_cast<int>(4 + draw.below(13));
    for (const Landmark& landmark : from.landmarks) {
      if (landmark.frame < begin || landmark.frame >= begin + kStretch) continue;
      made.landmarks.push_back({transposed(landmark.hash, steps), landmark.frame - begin + at});
    }
  }
  return made;
}

void print(const char* name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  fmt::print("{:<24} median {:5.1f} ms, 95 % {:5.1f} ms, longest {:5.1f} ms\n", name, values[values.size() / 2],
             values[values.size() * 95 / 100], values.back());
}

}  // namespace

int main(int argc, char** argv) {
  std::string music;
  std::size_t count = 10000;
  double minutes = 4;
  CLI::App app("Look-ups in a large index of landmarks");
  app.add_option("MUSIC", music)->required();
  app.add_option("--recordings", count)->capture_default_str();
  app.add_option("--minutes", minutes, "length of a generated recording")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(music)) {
    if (entry.path().extension() == ".mp3") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<File> files;
  for (const auto& path : paths) files.push_back(hear(path));
  std::vector<IndexedRecording> recordings;
  for (std::size_t i = 0; i < files.size(); i += 2) recordings.push_back(files[i].recording);
  const std::vector<IndexedRecording> indexed = recordings;
  const auto frames = static_cast<std::uint32_t>(60 * minutes / audio::SpectralPeaks::kFrameSeconds);
  while (recordings.size() < count) recordings.push_back(generate(indexed, recordings.size(), frames));
  const auto path = std::filesystem::temp_directory_path() / fmt::format("mla_fingerprint_scale_{}", ::getpid());
  audio::write_landmark_index(path, recordings).value();
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  const auto index = audio::LandmarkIndex::open(path).value();
  std::filesystem::remove(path);
  fmt::print("{} recordings of {:g} minutes, {} landmarks, {:.1f} kB a recording\n", index.size(), minutes,
             index.landmarks(), bytes / 1000 / static_cast<double>(index.size()));

  audio::Identifier identifier(index);
  std::vector<double> inside, outside;
  std::size_t right = 0, wrong = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::vector<SpectralPeak> snippet;
    const std::uint32_t begin = std::min(500U, files[i].recording.frames / 2);
    for (SpectralPeak peak : files[i].peaks) {
      if (peak.frame < begin || peak.frame >= begin + kStretch) continue;
      peak.frame -= begin;
      snippet.push_back(peak);
    }
    const std::clock_t start = std::clock();
    const auto found = identifier.identify(snippet);
    const double ms = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const bool known = i % 2 == 0;
    (known ? inside : outside).push_back(ms);
    right += known && !found.empty() && found[0].recording == i / 2 ? 1 : 0;
    if (!found.empty() && (!known || found[0].recording != i / 2)) {
      ++wrong;
      fmt::print("false: '{}' for '{}', score {}\n", index.recording(found[0].recording).file, paths[i].string(),
                 found[0].score);
    }
  }
  print("in the index", inside);
  print("not in the index", outside);
  fmt::print("{} of {} found, {} false answers\n", right, inside.size(), wrong);
  return 0;
}
