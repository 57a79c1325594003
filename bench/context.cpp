// What time of day, weekday and mood are worth where they matter, and that they do no harm where they do not. No shared
// music data has hours, so effects are planted in generated listeners and must be found again: this shows that the
// method works, not how large such effects are among people.
//   build/release/bench/context
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/served.h"
#include "foundation/base/random.h"
#include "learning/training/context/occasions.h"

namespace mla::bench {
namespace {

constexpr int kUsers = 800;
constexpr int kItems = 1500;
constexpr int kGenres = 12;
constexpr int kArtistsAGenre = 12;
constexpr int kEventsEach = 120;
constexpr int kDays = 170;
constexpr base::UnixMillis kHour = 3600 * base::kMillisPerSecond;
constexpr base::UnixMillis kStart = 1'767'571'200'000;  // Monday 2026-01-05T00:00:00Z
constexpr std::array<const char*, training::kDayparts> kParts = {"morning", "noon", "afternoon", "evening", "night"};
constexpr std::array<const char*, training::kWeekdays> kDayNames = {"monday", "tuesday",  "wednesday", "thursday",
                                                                    "friday", "saturday", "sunday"};
constexpr std::array<int, training::kDayparts> kMiddles = {8, 12, 16, 20, 25};  // hours
constexpr std::array<const char*, 3> kMoods = {"relaxed", "energetic", "sad"};

enum class Planted { kNothing, kShared, kPersonal, kMood };

// The last new item of a listener, and when it was played.
struct Target {
  std::string user, item, part, day, mood;
  base::UnixMillis time = 0;
};

struct World {
  Collection collection;
  std::vector<Target> targets;
};

std::size_t draw(std::span<const double> weights, base::Random& random) {
  double total = 0;
  for (const double w : weights) total += w;
  double left = random.uniform() * total;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    if ((left -= weights[i]) < 0) return i;
  }
  return weights.size() - 1;
}

// How much a genre is favoured: one part of the day four times, one weekday twice.
double favour(std::uint64_t key, int occasion) {
  base::Random random = base::Random::stream(99, key);
  const auto part = static_cast<int>(random.below(training::kDayparts));
  const auto day = static_cast<int>(random.below(training::kWeekdays));
  return (occasion % training::kDayparts == part ? 4.0 : 1.0) * (occasion / training::kDayparts == day ? 2.0 : 1.0);
}

World make_world(Planted planted) {
  World world;
  base::Random random(7);
  std::vector<std::vector<std::string>> of_genre(kGenres);
  for (int i = 0; i < kItems; ++i) {
    catalog::Item item;
    item.id = base::ItemId(fmt::format("t{:04}", i));
    const int genre = i % kGenres;
    item.title = "Song " + item.id.str();
    item.artist = fmt::format("Artist {}-{}", genre, i / kGenres % kArtistsAGenre);
    item.tags = {{fmt::format("genre {}", genre), 2}};
    of_genre[static_cast<std::size_t>(genre)].push_back(item.id.str());
    world.collection.items.push_back(std::move(item));
  }
  for (int u = 0; u < kUsers; ++u) {
    std::array<double, kGenres> taste{};
    for (double& t : taste) t = 0.02;
    for (int i = 0; i < 4; ++i) taste[random.below(kGenres)] += random.uniform();
    std::array<double, training::kOccasions> habit{};
    for (double& h : habit) h = -std::log(1 - random.uniform());
    struct Listen {
      base::UnixMillis time;
      int occasion;
    };
    std::vector<Listen> listens;
    for (int e = 0; e < kEventsEach; ++e) {
      const auto occasion = static_cast<int>(draw(habit, random));
      const auto week = static_cast<base::UnixMillis>(random.below(kDays / 7));
      const base::UnixMillis day = kStart + (week * 7 + occasion / training::kDayparts) * base::kMillisPerDay;
      const auto minutes = static_cast<base::UnixMillis>(random.below(60)) * 60 * base::kMillisPerSecond;
      listens.push_back({day + kMiddles[occasion % training::kDayparts] * kHour + minutes, occasion});
    }
    std::sort(listens.begin(), listens.end(), [](const Listen& a, const Listen& b) { return a.time < b.time; });
    Target target;
    std::size_t events_before = 0;
    std::vector<std::string> heard;
    for (const Listen& listen : listens) {
      const auto mood = random.below(kMoods.size());
      std::array<double, kGenres> chance = taste;
      for (int g = 0; g < kGenres; ++g) {
        const auto key = static_cast<std::uint64_t>(g) + (planted == Planted::kPersonal ? 1000 + 50 * u : 0);
        if (planted == Planted::kShared || planted == Planted::kPersonal) {
          chance[static_cast<std::size_t>(g)] *= favour(key, listen.occasion);
        }
        if (planted == Planted::kMood && static_cast<std::size_t>(g) % kMoods.size() == mood) {
          chance[static_cast<std::size_t>(g)] *= 6;
        }
      }
      const auto& songs = of_genre[draw(chance, random)];
      const std::string& song =
          songs[static_cast<std::size_t>(static_cast<double>(songs.size()) * random.uniform() * random.uniform())];
      if (std::find(heard.begin(), heard.end(), song) == heard.end()) {
        heard.push_back(song);
        target = {fmt::format("u{:03}", u),
                  song,
                  kParts[listen.occasion % training::kDayparts],
                  kDayNames[listen.occasion / training::kDayparts],
                  kMoods[mood],
                  listen.time};
        events_before = world.collection.events.size();
      }
      catalog::Event event;
      event.user = base::UserId(fmt::format("u{:03}", u));
      event.item = base::ItemId(song);
      event.time = listen.time;
      if (planted == Planted::kMood) event.context = fmt::format(R"({{"user_mood":"{}"}})", kMoods[mood]);
      world.collection.events.push_back(std::move(event));
    }
    world.collection.events.resize(events_before);
    world.targets.push_back(std::move(target));
  }
  return world;
}

enum class Asked { kNothing, kRight, kShuffled };

void measure(const World& world, Planted planted, Served& served, Asked asked, const char* name) {
  double hits = 0;
  double ndcg = 0;
  for (std::size_t i = 0; i < world.targets.size(); ++i) {
    const Target& target = world.targets[i];
    const Target& from = asked == Asked::kShuffled ? world.targets[(i + 37) % world.targets.size()] : target;
    recommend::Request request;
    request.user = base::UserId(target.user);
    request.limit = 20;
    request.knobs = {.diversity_factor = 0, .novelty_factor = 0, .popularity_bias = 0, .temporal_decay = 1};
    if (asked != Asked::kNothing) {
      if (planted == Planted::kMood) {
        request.context.user_mood = from.mood;
      } else {
        request.context.time_of_day = from.part;
        request.context.day_of_week = from.day;
      }
    }
    const auto answer = served.ask(request, target.time);
    for (std::size_t rank = 0; rank < answer.recommendations.size(); ++rank) {
      if (answer.recommendations[rank].track_id.str() != target.item) continue;
      hits += 1;
      ndcg += 1 / std::log2(static_cast<double>(rank) + 2);
    }
  }
  const auto count = static_cast<double>(world.targets.size());
  fmt::print("  {:<18} recall@20 {:.4f}  ndcg@20 {:.4f}\n", name, hits / count, ndcg / count);
}

void run(Planted planted, const char* title) {
  base::ThreadPool pool(0);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const World world = make_world(planted);
  Served served(world.collection, "ials", work);
  fmt::print("{}\n", title);
  for (const std::string& line : served.lines()) {
    if (line.starts_with("time of day")) fmt::print("  {}\n", line);
  }
  measure(world, planted, served, Asked::kNothing, "no context");
  measure(world, planted, served, Asked::kRight, "right context");
  measure(world, planted, served, Asked::kShuffled, "shuffled context");
}

}  // namespace
}  // namespace mla::bench

int main() {
  using mla::bench::Planted;
  mla::bench::run(Planted::kNothing, "nothing planted");
  mla::bench::run(Planted::kShared, "genres have their times, the same for everybody");
  mla::bench::run(Planted::kPersonal, "genres have their times, others for each listener");
  mla::bench::run(Planted::kMood, "genres have their moods, events say the mood");
}
