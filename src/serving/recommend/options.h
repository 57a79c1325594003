#pragma once

namespace mla::recommend {

// What the operator decides, beside what each request asks for.
struct Options {
  double exclude_heard_days = 180;  // timed listens younger than this are not recommended again; untimed never
  int items_per_artist = 2;         // at most so many tracks of one artist in an answer
};

}  // namespace mla::recommend
