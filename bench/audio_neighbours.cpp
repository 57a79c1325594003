// Do neighbours of the track vector share the genre? audio_neighbours [--statistics] DIR, with DIR/labels.csv (file,
// genre, artist_group). --statistics prints what tools/track_vector/train.py learns from; that tool also prints the
// figure with unseen artists, which counts. What is printed here is on tracks the constants may have been learnt from.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/descriptors/track_vector.h"

namespace {

using namespace mla;

struct Track {
  std::string file, genre, artist;
  audio::DescriptorSummary summary;
  audio::TrackVector vector{};
};

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::string cell;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.push_back(std::move(cell));
      cell.clear();
    } else if (c != '\r') {
      cell += c;
    }
  }
  out.push_back(cell);
  return out;
}

float likeness(const Track& a, const Track& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.vector.size(); ++i) sum += a.vector[i] * b.vector[i];
  return sum;
}

void report(const std::vector<Track>& tracks) {
  constexpr std::size_t kNeighbours = 10;
  std::vector<double> occurrence(tracks.size());
  std::size_t right = 0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    std::vector<std::size_t> order;
    for (std::size_t j = 0; j < tracks.size(); ++j) {
      if (j != i) order.push_back(j);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return likeness(tracks[i], tracks[a]) > likeness(tracks[i], tracks[b]);
    });
    for (std::size_t k = 0; k < std::min(kNeighbours, order.size()); ++k) ++occurrence[order[k]];
    const auto first =
        std::find_if(order.begin(), order.end(), [&](std::size_t j) { return tracks[j].artist != tracks[i].artist; });
    right += first != order.end() && tracks[*first].genre == tracks[i].genre ? 1 : 0;
  }
  const auto count = static_cast<double>(tracks.size());
  double second = 0, third = 0;
  for (const double times : occurrence) {
    second += std::pow(times - kNeighbours, 2) / count;
    third += std::pow(times - kNeighbours, 3) / count;
  }
  fmt::print("{} tracks: rank-1 genre agreement {:.3f} (same artist excluded), hubness {:.2f} (k = 10)\n",
             tracks.size(), static_cast<double>(right) / count, third / std::pow(second, 1.5));
}

}  // namespace

int main(int argc, char** argv) {
  const bool statistics = argc == 3 && std::string(argv[1]) == "--statistics";
  if (argc != 2 && !statistics) {
    fmt::print(stderr, "audio_neighbours [--statistics] DIR\n");
    return 2;
  }
  const std::filesystem::path folder = argv[argc - 1];
  std::ifstream labels(folder / "labels.csv");
  std::string line;
  std::map<std::string, std::size_t> column;
  if (!std::getline(labels, line)) return 1;
  for (const std::string& name : cells(line)) column.emplace(name, column.size());
  std::vector<Track> tracks;
  double seconds = 0;
  double cpu = 0;
  while (std::getline(labels, line)) {
    const auto row = cells(line);
    Track track{row.at(column.at("file")), row.at(column.at("genre")), row.at(column.at("artist_group")), {}, {}};
    const auto loaded = audio::load_mono(folder / track.file, 22050);
    if (!loaded.ok()) {
      fmt::print(stderr, "{}: {}\n", track.file, loaded.error().message);
      return 1;
    }
    const std::clock_t begin = std::clock();
    audio::Summary summary({});
    audio::Stft stft({}, {&summary});
    stft.push(loaded->samples);
    stft.finish();
    cpu += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    seconds += static_cast<double>(loaded->samples.size()) / 22050;
    track.summary = summary.result();
    track.vector = audio::track_vector(track.summary);
    if (statistics) {
      fmt::print("{}", track.file);
      for (const float value : audio::track_statistics(track.summary)) fmt::print(",{:.8g}", value);
      fmt::print("\n");
    }
    tracks.push_back(std::move(track));
  }
  if (!statistics) report(tracks);
  fmt::print(stderr, "STFT and all descriptors: {:.3f} ms of CPU per second of audio\n", 1000 * cpu / seconds);
  return 0;
}
