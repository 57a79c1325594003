#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/random.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/item.h"

namespace mla::catalog {

struct DemoSize {
  int listeners = 600;
  int artists = 260;
  int tracks = 3000;
  int events = 150'000;  // about
  int days = 365;
};

// A made-up world to try the program on: invented artists in a few styles, and listeners with latent tastes. Popularity
// follows a power law; sessions have times of day and weekdays that ask for calm or lively styles; listeners return to
// what they like, skip what does not fit, and now and then like or ban a track. Same size, seed and end: same world.
class DemoWorld {
 public:
  DemoWorld(const DemoSize& size, std::uint64_t seed, base::UnixMillis end);

  // All tracks. Ids are "demo-track-0001"; names are invented.
  std::vector<Item> items() const;

  // The events of one listener, oldest first, ids "demo:<seed>:<listener>:<n>". REQUIRES: 0 <= listener < listeners.
  std::vector<Event> events_of(int listener) const;

  int listeners() const { return size_.listeners; }

 private:
  struct Track {
    int artist;
    std::string title;
    std::string album;
    int year;
    double seconds;
  };
  struct Artist {
    std::string name;
    std::size_t style;  // index of the table of styles
    std::size_t second_style;
    double popularity;        // share of plays among all artists
    std::vector<int> tracks;  // most popular first
  };
  struct Session;
  void make_artists();
  void make_tracks();
  int pick_track(const Session& session, base::Random& random) const;

  DemoSize size_;
  std::uint64_t seed_;
  base::UnixMillis end_;
  std::vector<Artist> artists_;
  std::vector<Track> tracks_;
  std::vector<double> activity_;  // share of all events, by listener
};

}  // namespace mla::catalog
