#include "knowledge/catalog/import/demo_world.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "knowledge/catalog/import/demo_names.h"

namespace mla::catalog {
namespace {

using base::Random;

constexpr std::size_t kStyles = kDemoStyles.size();
constexpr std::uint64_t kCatalogueStream = 0;  // listeners have the streams from 1 on

// An index drawn with probability in proportion to its weight.
std::size_t draw(std::span<const double> weights, Random& random) {
  double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

// The k-th of n by a power law (rank^-exponent), drawn by inverting its continuous form.
std::size_t draw_rank(std::size_t n, double exponent, Random& random) {
  const double power = 1 - exponent;
  const double top = std::pow(static_cast<double>(n) + 1, power);
  const double rank = std::pow(1 + random.uniform() * (top - 1), 1 / power);
  return std::min(n - 1, static_cast<std::size_t>(rank - 1));
}

struct Moment {
  int weekday;  // 0 = Monday
  int hour;
};

// How lively people want it at this time: mornings wake, working hours are even, Friday and Saturday nights dance.
double wanted_energy(Moment at) {
  const bool party = (at.weekday == 4 || at.weekday == 5) && at.hour >= 19;
  if (party) return 0.88;
  if (at.hour < 6 || at.hour >= 22) return 0.22;
  if (at.weekday == 6 && at.hour < 12) return 0.25;
  if (at.hour < 10) return 0.58;
  return at.hour < 18 ? 0.48 : 0.62;
}

// Share of sessions by hour on working days and on Saturday and Sunday.
constexpr double kWorkdayHours[24] = {2, 1, .5, .3, .3, .8, 3, 7, 8, 5, 4, 4, 5, 4, 4, 4, 5, 8, 9, 9, 9, 8, 6, 4};
constexpr double kWeekendHours[24] = {5, 4, 2, 1, .5, .4, .6, 1.5, 3, 5, 7, 7, 7, 6, 6, 6, 6, 6, 7, 8, 9, 9, 8, 7};

Moment draw_moment(bool weekend, int weekday, Random& random) {
  return {weekday, static_cast<int>(draw(weekend ? kWeekendHours : kWorkdayHours, random))};
}

}  // namespace

// What one listener is doing: one sitting of a few tracks.
struct DemoWorld::Session {
  std::vector<double> artist_weights;  // taste, moment and popularity
  std::vector<int> favourites;         // tracks played before, one entry a play
  int previous = -1;
};

DemoWorld::DemoWorld(const DemoSize& size, std::uint64_t seed, base::UnixMillis end)
    : size_(size), seed_(seed), end_(end) {
  make_artists();
  make_tracks();
  Random random = Random::stream(seed_, kCatalogueStream + 1'000'000);
  activity_.resize(static_cast<std::size_t>(size_.listeners));
  for (double& share : activity_) share = std::exp(0.9 * random.normal());
  const double sum = std::accumulate(activity_.begin(), activity_.end(), 0.0);
  for (double& share : activity_) share /= sum;
}

void DemoWorld::make_artists() {
  Random random = Random::stream(seed_, kCatalogueStream);
  std::set<std::string> taken;
  for (int i = 0; i < size_.artists; ++i) {
    Artist artist;
    do {
      artist.name = demo_artist_name(random);
    } while (!taken.insert(artist.name).second);
    artist.style = random.below(kStyles);
    // A neighbour in energy, so that styles overlap as they do among people.
    artist.second_style = artist.style + 1 < kStyles && random.below(2) == 0 ? artist.style + 1
                          : artist.style > 0                                 ? artist.style - 1
                                                                             : 1;
    artist.popularity = std::pow(i + 1.0, -0.85);
    artists_.push_back(std::move(artist));
  }
}

void DemoWorld::make_tracks() {
  Random random = Random::stream(seed_, kCatalogueStream + 2'000'000);
  std::vector<std::set<std::string>> taken(artists_.size());
  std::vector<std::string> album(artists_.size());
  std::vector<int> year(artists_.size(), 0);
  for (int i = 0; i < size_.tracks; ++i) {
    // Everybody has a few; known artists have more.
    const bool spread = i < 4 * size_.artists;
    const std::size_t a =
        spread ? static_cast<std::size_t>(i % size_.artists) : draw_rank(artists_.size(), 0.5, random);
    if (artists_[a].tracks.size() % 9 == 0) {
      album[a] = demo_title(random);
      year[a] = 1975 + static_cast<int>(random.below(50));
    }
    Track track{static_cast<int>(a), {}, album[a], year[a], 150 + 50 * random.normal()};
    track.seconds = std::round(std::clamp(track.seconds + 60 * random.uniform(), 75.0, 600.0));
    do {
      track.title = demo_title(random);
    } while (!taken[a].insert(track.title).second);
    artists_[a].tracks.push_back(i);
    tracks_.push_back(std::move(track));
  }
}

std::vector<Item> DemoWorld::items() const {
  std::vector<Item> items;
  Random random = Random::stream(seed_, kCatalogueStream + 3'000'000);
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const Track& track = tracks_[i];
    const Artist& artist = artists_[static_cast<std::size_t>(track.artist)];
    Item item;
    item.id = base::ItemId(fmt::format("demo-track-{:04}", i + 1));
    item.title = track.title;
    item.artist = artist.name;
    item.album = track.album;
    item.duration_seconds = track.seconds;
    item.release_date = fmt::format("{}", track.year);
    const DemoStyle& style = kDemoStyles[artist.style];
    item.tags.push_back({std::string(style.name), 10});
    for (const std::string_view tag : style.tags) {
      if (random.below(2) == 0) item.tags.push_back({std::string(tag), static_cast<float>(1 + random.below(5))});
    }
    const std::string_view second = kDemoStyles[artist.second_style].name;
    item.tags.push_back({std::string(second), static_cast<float>(1 + random.below(4))});
    items.push_back(std::move(item));
  }
  return items;
}

int DemoWorld::pick_track(const Session& session, Random& random) const {
  const double way = random.uniform();
  // Back to something known, often what was played often.
  if (way < 0.38 && !session.favourites.empty()) return session.favourites[random.below(session.favourites.size())];
  std::size_t artist = draw(session.artist_weights, random);
  if (way > 0.78 && session.previous >= 0) {
    artist = static_cast<std::size_t>(tracks_[static_cast<std::size_t>(session.previous)].artist);
  }
  const std::vector<int>& tracks = artists_[artist].tracks;
  return tracks[draw_rank(tracks.size(), 0.7, random)];
}

std::vector<Event> DemoWorld::events_of(int listener) const {
  Random random = Random::stream(seed_, static_cast<std::uint64_t>(listener) + 1);
  // Taste: a few styles that matter, the others nearly not (a steep power of uniform numbers).
  std::vector<double> taste(kStyles);
  for (double& t : taste) t = std::pow(random.uniform(), 5) + 0.004;
  std::vector<double> affinity(artists_.size());
  for (double& a : affinity) a = std::exp(0.8 * random.normal());

  const double share = activity_[static_cast<std::size_t>(listener)];
  const auto wanted = static_cast<std::size_t>(std::max(12.0, std::round(share * size_.events)));
  const base::UnixMillis first_day = end_ - size_.days * base::kMillisPerDay;
  std::vector<base::UnixMillis> starts;
  for (std::size_t plays = 0; plays < wanted; plays += 7) {
    const auto day = static_cast<base::UnixMillis>(random.below(static_cast<std::uint64_t>(size_.days)));
    const base::UnixMillis midnight = first_day + day * base::kMillisPerDay;
    const int weekday = static_cast<int>((midnight / base::kMillisPerDay + 3) % 7);  // 1970-01-01 was a Thursday
    const Moment moment = draw_moment(weekday >= 5, weekday, random);
    starts.push_back(midnight + moment.hour * 3'600'000LL + static_cast<base::UnixMillis>(random.below(3'600'000)));
  }
  std::ranges::sort(starts);

  std::vector<Event> events;
  Session session;
  for (std::size_t s = 0; s < starts.size(); ++s) {
    base::UnixMillis time = starts[s];
    const base::UnixMillis until = s + 1 < starts.size() ? starts[s + 1] : end_;
    const Moment moment{static_cast<int>((time / base::kMillisPerDay + 3) % 7),
                        static_cast<int>(time % base::kMillisPerDay / 3'600'000)};
    session.artist_weights.resize(artists_.size());
    for (std::size_t a = 0; a < artists_.size(); ++a) {
      const double off = (kDemoStyles[artists_[a].style].energy - wanted_energy(moment)) / 0.35;
      session.artist_weights[a] = artists_[a].popularity * affinity[a] * std::exp(-off * off / 2) *
                                  (taste[artists_[a].style] + 0.3 * taste[artists_[a].second_style]);
    }
    session.previous = -1;
    for (std::uint64_t left = 3 + random.below(9); left > 0 && time < until; --left) {
      const int picked = pick_track(session, random);
      const Track& track = tracks_[static_cast<std::size_t>(picked)];
      const Artist& artist = artists_[static_cast<std::size_t>(track.artist)];
      const double liking = taste[artist.style] * affinity[static_cast<std::size_t>(track.artist)];
      Event event;
      event.id = base::EventId(fmt::format("demo:{}:{}:{}", seed_, listener + 1, events.size() + 1));
      event.user = base::UserId(fmt::format("demo-listener-{:03}", listener + 1));
      event.item = base::ItemId(fmt::format("demo-track-{:04}", picked + 1));
      event.time = time;
      const bool skipped = random.uniform() < 0.05 + 0.25 * std::exp(-4 * liking);
      event.type = skipped ? EventType::kSkip : EventType::kListen;
      const double played = skipped ? 5 + 25 * random.uniform() : track.seconds;
      event.ms_played = static_cast<std::int64_t>(played * 1000);
      time += *event.ms_played + 2000;
      if (!skipped) {
        session.favourites.push_back(picked);
        session.previous = picked;
      }
      events.push_back(event);
      if (!skipped && liking > 0.5 && random.uniform() < 0.02) {
        event.id = base::EventId(event.id.str() + ":like");
        event.type = EventType::kLike;
        event.ms_played.reset();
        events.push_back(event);
      }
    }
  }
  return events;
}

}  // namespace mla::catalog
