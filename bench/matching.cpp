// Measures how heard tracks are matched to owned ones by name: precision and recall on pairs made from a real
// catalogue, of which 70 % are owned. Usage: matching spotify_songs.csv.gz [develop|judge] [mistakes to show]
// The catalogue's songs are halved: `develop` is what the rules were made on, `judge` (the default) is the other half.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "bench/matching_pairs.h"
#include "foundation/base/clock.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/matching/matcher.h"

namespace {

using namespace mla;
using bench::CatalogueSong;

struct Tally {
  std::int64_t pairs = 0;
  std::int64_t wanted = 0;  // pairs whose recording is owned
  std::int64_t matched = 0;
  std::int64_t right = 0;
};

std::string described(const catalog::Item& item) {
  return fmt::format("{} | {} | {} | {}", item.title, item.artist, item.album,
                     item.duration_seconds ? fmt::format("{:.1f} s", *item.duration_seconds) : "? s");
}

int run(const std::string& file, bool judge, int shown) {
  std::vector<CatalogueSong> songs = bench::read_catalogue(file);
  // Halves by artist, so that nothing of one is known from the other.
  std::erase_if(songs, [&](const CatalogueSong& song) {
    return (std::hash<std::string>{}(base::to_lower(song.item.artist)) % 2 == 1) != judge;
  });
  base::Random random(judge ? 2 : 1);
  std::vector<CatalogueSong> owned;
  std::vector<catalog::Song> names;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_artist;
  for (const CatalogueSong& song : songs) {
    if (random.uniform() >= 0.7) continue;
    by_artist[base::to_lower(song.item.artist)].push_back(static_cast<std::uint32_t>(owned.size()));
    owned.push_back(song);
    catalog::Item file_tags = song.item;
    file_tags.id = base::ItemId("file");
    names.push_back(catalog::song_of(file_tags));
  }
  const catalog::Matcher matcher(std::move(names));

  std::map<std::string, Tally> tallies;
  Tally all;
  double seconds = 0;
  const auto ask = [&](const std::string& kind, const catalog::Item& heard, const CatalogueSong* truth) {
    std::vector<std::uint32_t> right;
    if (truth != nullptr) {
      for (const std::uint32_t song : by_artist[base::to_lower(truth->item.artist)]) {
        if (bench::truly_same(*truth, owned[song])) right.push_back(song);
      }
    }
    const double start = base::monotonic_seconds();
    const auto match = matcher.find(catalog::song_of(heard));
    seconds += base::monotonic_seconds() - start;
    const bool is_right = match && std::find(right.begin(), right.end(), match->song) != right.end();
    for (Tally* tally : {&tallies[right.empty() && truth != nullptr ? "not owned" : kind], &all}) {
      ++tally->pairs;
      tally->wanted += right.empty() ? 0 : 1;
      tally->matched += match ? 1 : 0;
      tally->right += is_right ? 1 : 0;
    }
    if (shown <= 0 || (match ? is_right : right.empty())) return;
    --shown;
    fmt::print("{} ({})\n    heard  {}\n    {}  {}\n", match ? "WRONG" : "missed", kind, described(heard),
               match ? fmt::format("{:.3f}", match->score) : "owned",
               described(owned[match ? match->song : right[0]].item));
  };
  for (const CatalogueSong& song : songs) {
    ask("owned", bench::heard_as(song.item, random), &song);
    if (random.uniform() >= 0.5) continue;
    std::string kind;
    const CatalogueSong& other = songs[random.below(songs.size())];
    if (other.item.artist == song.item.artist) continue;
    const catalog::Item heard = bench::not_this(song.item, other.item.artist, random, kind);
    ask(kind, heard, nullptr);
  }
  fmt::print("{:<14} {:>8} {:>8} {:>8} {:>8}\n", judge ? "judge" : "develop", "pairs", "owned", "matched", "right");
  for (const auto& [kind, tally] : tallies) {
    fmt::print("{:<14} {:>8} {:>8} {:>8} {:>8}\n", kind, tally.pairs, tally.wanted, tally.matched, tally.right);
  }
  fmt::print("precision {:.4f}   recall {:.4f}   {} owned songs, {:.1f} µs a heard track\n",
             static_cast<double>(all.right) / static_cast<double>(all.matched),
             static_cast<double>(all.right) / static_cast<double>(all.wanted), owned.size(),
             1e6 * seconds / static_cast<double>(all.pairs));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: matching spotify_songs.csv.gz [develop|judge] [mistakes to show]\n");
    return 2;
  }
  try {
    return run(argv[1], argc < 3 || std::string(argv[2]) != "develop", argc > 3 ? std::stoi(argv[3]) : 0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "matching: {}\n", error.what());
    return 1;
  }
}
